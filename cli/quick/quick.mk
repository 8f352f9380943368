# SPDX-License-Identifier: Apache-2.0
#
# The program that starts nodes, in musl (cli/quick/main.c): without what needs a
# library; calls of that become the full program.

, := ,
QUICK_WITHOUT := base/library base/capability base/digest base/document% base/element% \
                 base/process_run rootfs/import% rootfs/oci% rootfs/pull rootfs/pull_alpine rootfs/pull_docker rootfs/fetch% \
                 rootfs/embedded% rootfs/export% rootfs/collect% seccomp/compile% seccomp/show% \
                 seccomp/profile% runtime/machine% cli/main cli/commands cli/json cli/exit_file \
                 cli/bpf cli/nodes cli/uplinks cli/networks cli/network_target cli/ping_matrix cli/man cli/completion% \
                 cli/images cli/progress
QUICK_WITHOUT += $(filter-out netns/loopback,$(patsubst %.c,%,$(wildcard netns/*.c topology/*.c)))
QUICK_ABSENT  := library_load capability_parse capability_all process_run document_parse \
                 compile_filter compile_prepare pull_run embedded_open alpine_mirror pull_error_is_absence profile_parse \
                 profile_free compile_library_path \
                 exit_file_open exit_file_write json_object_new_object json_object_put json_put_text json_show \
                 ncrun_node_start ncrun_node_leave ncrun_network_open ncrun_network_node ncrun_network_unref
QUICK_SOURCES := $(filter-out $(addsuffix .c,$(QUICK_WITHOUT)),\
                   $(filter-out $(filter-out cli/cmd_node.c cli/cmd_exec.c cli/cmd_identify.c cli/cmd_version.c,$(wildcard cli/cmd_*.c)),\
                     $(wildcard $(addsuffix /*.c,$(FOLDERS) cli cli/quick))))
QUICK_OBJS    := $(patsubst %.c,$(BUILD)/quick/%.o,$(QUICK_SOURCES)) \
                 $(patsubst %,$(BUILD)/quick/embed/%.o,ncrun_init seccomp_default embedded_image)
QUICK_FLAGS    = -O2 -fno-pie -ffunction-sections -fdata-sections -fstack-protector-strong \
                 -include cli/quick/musl.h -DNCRUN_LIBEXECDIR='"$(LIBEXECDIR)"' $(MUSL_HEADERS)

ifneq ($(FULL),$(PROGRAM))
$(PROGRAM): $(QUICK_OBJS) $(BUILD)/compilers
	@$(RM) $(BUILD)/quick/quick.a
	@$(AR) rcs $(BUILD)/quick/quick.a $(filter %.o,$^)
	$(call say,LD,$@)$(MUSL) -static -no-pie -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack -s -o $@ \
		$(BUILD)/quick/cli/quick/main.o $(addprefix -Wl$(,)--defsym=,$(addsuffix =full_become,$(QUICK_ABSENT))) \
		$(BUILD)/quick/quick.a

$(BUILD)/quick/embed/%.o: $(BUILD)/embed/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(MUSL) $(DIALECT) $(WARNINGS) $(QUICK_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/quick/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(MUSL) $(DIALECT) $(WARNINGS) $(QUICK_FLAGS) -MMD -MP -c -o $@ $<
endif
