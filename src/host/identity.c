// SPDX-License-Identifier: GPL-2.0-only
/* Which VM a process runs, from its command line. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

/* Options that name a VM; the value may be a list in which `key=` marks the name. */
struct name_option {
	const char *option;
	const char *key;
};

static const struct name_option name_options[] = {
	{ "-name", "guest=" },	/* QEMU, and libvirt through it */
	{ "--name", "guest=" }, /* QEMU takes two dashes too; kvmtool */
};

static const char *const uuid_options[] = { "-uuid", "--uuid" };

static ssize_t read_file(uint32_t pid, const char *file, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* "guest=vm1,debug-threads=on", "vm1,process=x" or "vm1" to "vm1". */
static void copy_value(char *out, size_t size, const char *value, const char *key)
{
	const char *at = key ? strstr(value, key) : NULL;

	if (at)
		value = at + strlen(key);
	snprintf(out, size, "%.*s", (int)strcspn(value, ","), value);
}

static void take_option(const char *arg, const char *value, char *name, size_t name_size,
			char *uuid, size_t uuid_size)
{
	size_t i;

	for (i = 0; i < sizeof(name_options) / sizeof(name_options[0]); i++)
		if (!strcmp(arg, name_options[i].option))
			copy_value(name, name_size, value, name_options[i].key);
	for (i = 0; i < sizeof(uuid_options) / sizeof(uuid_options[0]); i++)
		if (!strcmp(arg, uuid_options[i]))
			copy_value(uuid, uuid_size, value, NULL);
}

void host__vm_identity(uint32_t pid, char *name, size_t name_size, char *uuid, size_t uuid_size)
{
	char buf[16384];
	const char *arg, *next;
	ssize_t n;

	name[0] = uuid[0] = '\0';
	n = read_file(pid, "cmdline", buf, sizeof(buf));
	for (arg = buf; n > 0 && arg < buf + n; arg = next) {
		next = arg + strlen(arg) + 1;
		if (next < buf + n)
			take_option(arg, next, name, name_size, uuid, uuid_size);
	}
	if (name[0] || read_file(pid, "comm", buf, sizeof(buf)) < 0)
		return;
	snprintf(name, name_size, "%.*s", (int)strcspn(buf, "\n"), buf);
}
