# SPDX-License-Identifier: Apache-2.0
#
# The embedded image: what `--rootfs alpine` gets where Alpine cannot be had. Made
# from the static busybox of this machine; EMBEDDED=no, or no such busybox, leaves
# an empty one, and the program says so when somebody needs it.

EMBEDDED ?= yes
BUSYBOX  ?= $(shell command -v busybox)

$(BUILD)/embedded/pack: rootfs/embedded/pack.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -std=gnu17 -D_GNU_SOURCE $(WARNINGS) -O2 -o $@ $<

# As init is: static and small. A machine that cannot link statically goes without.
$(BUILD)/embedded/ping: rootfs/embedded/ping.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(INIT_CC) -std=gnu17 -D_GNU_SOURCE $(WARNINGS) $(INIT_FLAGS) -static -no-pie \
		-Wl,--gc-sections -s -o $@ $< || : > $@

$(BUILD)/embedded/image.tar.gz: $(BUILD)/embedded/pack $(BUILD)/embedded/ping \
		rootfs/embedded/make-image rootfs/embedded/tree $(wildcard rootfs/embedded/files/*) \
		$(wildcard $(BUSYBOX))
	$(call say,GEN,$@)rootfs/embedded/make-image $(BUILD)/embedded/pack \
		'$(if $(filter yes,$(EMBEDDED)),$(BUSYBOX))' $(BUILD)/embedded/ping > $@

$(eval $(call embed,embedded_image,$(BUILD)/embedded/image.tar.gz))
