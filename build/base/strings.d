build/base/strings.o: base/strings.c base/text.h base/cleanup.h
base/text.h:
base/cleanup.h:
