// SPDX-License-Identifier: GPL-2.0-only
/* Which VM a process runs, from its command line. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cmdline.h"
#include "host/host.h"
#include "lib/parse.h"

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

bool host__vm_is(uint32_t pid, const char *vm)
{
	char name[64], uuid[40];
	uint64_t number;

	if (!parse__u64(vm, 1, UINT32_MAX, &number) && number == pid)
		return true;
	host__vm_identity(pid, name, sizeof(name), uuid, sizeof(uuid));
	return *vm && (!strcmp(vm, name) || !strcmp(vm, uuid));
}

uint32_t host__find_vm(const char *vm)
{
	uint64_t pid, found = 0;
	struct dirent *de;
	DIR *proc;

	if (!parse__u64(vm, 1, UINT32_MAX, &pid))
		return pid;
	proc = opendir("/proc");
	while (proc && !found && (de = readdir(proc)))
		if (!parse__u64(de->d_name, 1, UINT32_MAX, &pid) && pid != (uint64_t)getpid() &&
		    host__vm_is(pid, vm))
			found = pid;
	if (proc)
		closedir(proc);
	return found;
}
