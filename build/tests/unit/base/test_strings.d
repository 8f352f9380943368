build/tests/unit/base/test_strings.o: tests/unit/base/test_strings.c \
 base/text.h base/cleanup.h tests/support/test.h lib/ncrun/error.h
base/text.h:
base/cleanup.h:
tests/support/test.h:
lib/ncrun/error.h:
