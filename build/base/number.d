build/base/number.o: base/number.c base/number.h lib/ncrun/error.h \
 base/error.h
base/number.h:
lib/ncrun/error.h:
base/error.h:
