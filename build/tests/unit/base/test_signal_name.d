build/tests/unit/base/test_signal_name.o: \
 tests/unit/base/test_signal_name.c base/signal_name.h lib/ncrun/error.h \
 tests/support/test.h
base/signal_name.h:
lib/ncrun/error.h:
tests/support/test.h:
