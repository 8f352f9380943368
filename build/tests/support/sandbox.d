build/tests/support/sandbox.o: tests/support/sandbox.c \
 tests/support/sandbox.h tests/support/test.h lib/ncrun/error.h
tests/support/sandbox.h:
tests/support/test.h:
lib/ncrun/error.h:
