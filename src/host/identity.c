// SPDX-License-Identifier: GPL-2.0-only
/* Name and UUID of the VM that a process runs, from its command line. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cmdline.h"
#include "host/host.h"

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

void host__vm_identity(uint32_t pid, char *name, size_t name_size, char *uuid, size_t uuid_size)
{
	char buf[16384];
	ssize_t n = read_file(pid, "cmdline", buf, sizeof(buf));

	cmdline__vm_identity(buf, n > 0 ? n : 0, name, name_size, uuid, uuid_size);
	if (name[0] || read_file(pid, "comm", buf, sizeof(buf)) < 0)
		return;
	snprintf(name, name_size, "%.*s", (int)strcspn(buf, "\n"), buf);
}

uint32_t host__process_of(uint32_t thread)
{
	char path[64], line[128];
	unsigned int tgid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/status", thread);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %u", &tgid) == 1)
			break;
	if (f)
		fclose(f);
	return tgid;
}
