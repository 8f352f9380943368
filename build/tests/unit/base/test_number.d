build/tests/unit/base/test_number.o: tests/unit/base/test_number.c \
 base/number.h lib/ncrun/error.h tests/support/test.h
base/number.h:
lib/ncrun/error.h:
tests/support/test.h:
