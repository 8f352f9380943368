build/tests/unit/base/test_name.o: tests/unit/base/test_name.c \
 base/name.h lib/ncrun/error.h tests/support/test.h
base/name.h:
lib/ncrun/error.h:
tests/support/test.h:
