build/base/signal_name.o: base/signal_name.c base/signal_name.h \
 lib/ncrun/error.h base/error.h base/number.h
base/signal_name.h:
lib/ncrun/error.h:
base/error.h:
base/number.h:
