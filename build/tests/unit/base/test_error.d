build/tests/unit/base/test_error.o: tests/unit/base/test_error.c \
 base/error.h lib/ncrun/error.h tests/support/test.h
base/error.h:
lib/ncrun/error.h:
tests/support/test.h:
