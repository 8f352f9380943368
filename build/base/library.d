build/base/library.o: base/library.c base/library.h lib/ncrun/error.h \
 base/error.h base/log.h
base/library.h:
lib/ncrun/error.h:
base/error.h:
base/log.h:
