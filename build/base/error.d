build/base/error.o: base/error.c base/error.h lib/ncrun/error.h
base/error.h:
lib/ncrun/error.h:
