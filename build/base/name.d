build/base/name.o: base/name.c base/name.h lib/ncrun/error.h base/error.h
base/name.h:
lib/ncrun/error.h:
base/error.h:
