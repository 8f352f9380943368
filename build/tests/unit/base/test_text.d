build/tests/unit/base/test_text.o: tests/unit/base/test_text.c \
 base/text.h base/cleanup.h tests/support/test.h lib/ncrun/error.h
base/text.h:
base/cleanup.h:
tests/support/test.h:
lib/ncrun/error.h:
