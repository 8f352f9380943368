# SPDX-License-Identifier: Apache-2.0
#
# The embedded image: what `--rootfs alpine` gets where Alpine cannot be had. Made
# from the static busybox of this machine; EMBEDDED=no, or no such busybox, leaves
# an empty one, and the program says so when somebody needs it.

EMBEDDED ?= yes
BUSYBOX  ?= $(shell command -v busybox)

$(BUILD)/embedded/pack: rootfs/embedded/pack.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARNINGS) -O2 -o $@ $<

$(BUILD)/embedded/image.tar.gz: $(BUILD)/embedded/pack rootfs/embedded/make-image \
		rootfs/embedded/tree $(wildcard rootfs/embedded/files/*) $(wildcard $(BUSYBOX))
	rootfs/embedded/make-image $(BUILD)/embedded/pack '$(if $(filter yes,$(EMBEDDED)),$(BUSYBOX))' > $@

$(eval $(call embed,embedded_image,$(BUILD)/embedded/image.tar.gz))
