build/tests/unit/base/test_library.o: tests/unit/base/test_library.c \
 base/library.h lib/ncrun/error.h tests/support/test.h
base/library.h:
lib/ncrun/error.h:
tests/support/test.h:
