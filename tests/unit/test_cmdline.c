// SPDX-License-Identifier: GPL-2.0-only
/* Names and UUIDs of VMs, from command lines of the VMMs that are around. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "host/cmdline.h"

#define UUID "c0ffee00-0000-4000-8000-00000000cafe"

/* Of a string literal, without the NUL that the compiler adds: the last argument has its own. */
#define ARGS(s) (s), sizeof(s) - 1

static const struct {
	const char *args; /* separated by NUL bytes */
	size_t n;
	const char *name, *uuid;
} cases[] = {
	/* QEMU, and libvirt through it */
	{ ARGS("qemu\0-name\0guest=vm1,debug-threads=on\0-uuid\0" UUID "\0"), "vm1", UUID },
	{ ARGS("qemu\0-name\0debug-threads=on,guest=vm2\0-m\0512\0"), "vm2", "" },
	{ ARGS("qemu\0-name\0vm3,process=qemu-vm3\0"), "vm3", "" },
	{ ARGS("qemu\0--name\0vm4\0--uuid\0" UUID "\0"), "vm4", UUID },
	{ ARGS("qemu\0-name\0process=x,debug-threads=on\0"), "", "" },
	{ ARGS("qemu\0-name\0guest=a,,b,process=c\0"), "a,b", "" },
	{ ARGS("qemu\0-name\0a,,\0"), "a,", "" },
	{ ARGS("qemu\0-name\0someguest=x\0"), "", "" },
	{ ARGS("qemu\0-name\0first\0-name\0guest=last\0"), "last", "" },
	{ ARGS("qemu\0-append\0name guest=no\0-m\0512\0"), "", "" },

	/* kvmtool */
	{ ARGS("lkvm\0run\0--name\0vm5\0-c\0002\0"), "vm5", "" },
	{ ARGS("lkvm\0run\0--name=vm6\0"), "vm6", "" },
	{ ARGS("lkvm\0run\0-n\0virtio\0"), "", "" }, /* of the network */

	/* cloud-hypervisor */
	{ ARGS("cloud-hypervisor\0--api-socket\0/tmp/ch/vm7.sock\0--platform\0"
	       "num_pci_segments=2,uuid=" UUID ",oem_strings=x\0"),
	  "vm7", UUID },
	{ ARGS("cloud-hypervisor\0--api-socket\0path=/tmp/vm.8.socket\0--platform\0"
	       "system_uuid=" UUID "\0"),
	  "vm.8", UUID },
	{ ARGS("cloud-hypervisor\0--api-socket=vm9\0--platform=uuid=" UUID "\0"), "vm9", UUID },
	{ ARGS("cloud-hypervisor\0--api-socket\0path=.hidden\0--platform\0serial_number=1\0"),
	  ".hidden", "" },
	{ ARGS("cloud-hypervisor\0--api-socket\0fd=3\0--event-monitor\0path=/tmp/events\0"), "",
	  "" },
	/* libvirt: the socket of older versions, the event monitor of newer ones */
	{ ARGS("cloud-hypervisor\0--api-socket\0/run/libvirt/ch/vm10-socket\0"), "vm10", "" },
	{ ARGS("cloud-hypervisor\0-v\0--api-socket\0fd=25\0--event-monitor\0"
	       "path=/run/libvirt/ch/vm11-event-monitor-fifo\0"),
	  "vm11", "" },
	{ ARGS("cloud-hypervisor\0--event-monitor\0path=/run/ch/vm12-event-monitor-fifo\0"
	       "--api-socket\0/run/ch/api.sock\0"),
	  "vm12", "" },
	{ ARGS("cloud-hypervisor\0--api-socket\0/run/ch/api.sock\0"
	       "--event-monitor\0path=/run/ch/vm13-event-monitor-fifo\0"),
	  "vm13", "" },
	{ ARGS("cloud-hypervisor\0--api-socket\0/run/ch/-socket\0"), "-socket", "" },
	{ ARGS("cloud-hypervisor\0--api-socket\0/run/ch/vm14-event-monitor-fifo\0"),
	  "vm14-event-monitor-fifo", "" },
	/* Kata Containers */
	{ ARGS("/opt/kata/bin/cloud-hypervisor\0--api-socket\0/run/vc/vm/0a1b2c/clh-api.sock\0"),
	  "0a1b2c", "" },
	{ ARGS("cloud-hypervisor\0--api-socket\0clh-api.sock\0"), "clh-api", "" },

	/* None of them, or not the whole of it */
	{ ARGS(""), "", "" },
	{ ARGS("\0\0\0"), "", "" },
	{ ARGS("vmm\0name\0no\0"), "", "" },
	{ ARGS("vmm\0---name\0no\0"), "", "" },
	{ ARGS("vmm\0-name=no\0"), "", "" },
	{ ARGS("vmm\0-name\0"), "", "" },
	{ ARGS("vmm\0-name"), "", "" },
	{ ARGS("vmm\0-name\0\0-uuid\0"), "", "" },
	{ ARGS("vmm\0-name\0cut"), "cut", "" },
	{ ARGS("vmm\0-name\0cut,"), "cut", "" },
	{ ARGS("vmm\0--name=cut"), "cut", "" },
	{ ARGS("vmm\0-name\0guest="), "", "" },
	{ ARGS("vmm\0-names\0x\0-nam\0y\0"), "", "" },
};

/* In memory of just that size, so that the sanitizers see who reads beyond it. */
static void check(const char *args, size_t n, const char *want_name, const char *want_uuid)
{
	char name[64], uuid[40], *buf = malloc(n + !n);

	assert_non_null(buf);
	memcpy(buf, args, n);
	memset(name, 'x', sizeof(name));
	memset(uuid, 'x', sizeof(uuid));
	cmdline__vm_identity(buf, n, name, sizeof(name), uuid, sizeof(uuid));
	free(buf);
	assert_string_equal(name, want_name);
	assert_string_equal(uuid, want_uuid);
}

static void vms_are_named_by_their_vmm(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		print_message("row %zu\n", i);
		check(cases[i].args, cases[i].n, cases[i].name, cases[i].uuid);
	}
}

static void long_names_are_cut(void **state)
{
	static const char args[] = "qemu\0-name\0abcdefgh\0-uuid\0c0ffee";
	char name[9], uuid[4];

	(void)state;
	cmdline__vm_identity(args, sizeof(args), name, sizeof(name), uuid, sizeof(uuid));
	assert_string_equal(name, "abcdefgh");
	assert_string_equal(uuid, "c0f");
	cmdline__vm_identity(args, sizeof(args), name, sizeof(name) - 1, uuid, sizeof(uuid));
	assert_string_equal(name, "abcdefg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vms_are_named_by_their_vmm),
		cmocka_unit_test(long_names_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
