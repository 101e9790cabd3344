// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpfcount: print the numbers of BPF programs, maps and links in the kernel.
 *
 * bpfcount NAME: print the number of entries in the hash maps of that name.
 *
 * A test of what s2trace leaves behind must not rely on s2trace.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int next_id(int cmd, uint32_t *id)
{
	union bpf_attr attr = { .start_id = *id };

	if (bpf(cmd, &attr))
		return -1;
	*id = attr.next_id;
	return 0;
}

static int count(int cmd)
{
	uint32_t id = 0;
	int n = 0;

	while (!next_id(cmd, &id))
		n++;
	return n;
}

static int map_info(uint32_t id, struct bpf_map_info *info)
{
	union bpf_attr attr = { .map_id = id };
	int fd = bpf(BPF_MAP_GET_FD_BY_ID, &attr);

	memset(&attr, 0, sizeof(attr));
	memset(info, 0, sizeof(*info));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (uintptr_t)info;
	if (fd >= 0)
		bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	return fd;
}

static int entries(int fd)
{
	char key[64] = {}, next[64] = {};
	union bpf_attr attr = { .map_fd = fd, .next_key = (uintptr_t)next };
	int n = 0;

	while (!bpf(BPF_MAP_GET_NEXT_KEY, &attr)) {
		memcpy(key, next, sizeof(key));
		attr.key = (uintptr_t)key;
		n++;
	}
	return n;
}

static int entries_of(const char *name)
{
	struct bpf_map_info info;
	uint32_t id = 0;
	int fd, n = 0;

	while (!next_id(BPF_MAP_GET_NEXT_ID, &id)) {
		fd = map_info(id, &info);
		if (fd < 0)
			continue;
		if (!strcmp(info.name, name) && info.key_size <= 64)
			n += entries(fd);
		close(fd);
	}
	return n;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		printf("%d\n", entries_of(argv[1]));
	else
		printf("programs %d maps %d links %d\n", count(BPF_PROG_GET_NEXT_ID),
		       count(BPF_MAP_GET_NEXT_ID), count(BPF_LINK_GET_NEXT_ID));
	return 0;
}
