build/base/text.o: base/text.c base/text.h base/cleanup.h
base/text.h:
base/cleanup.h:
