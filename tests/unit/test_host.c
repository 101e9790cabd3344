// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is read of other processes and of /proc/iomem. The linker hands fopen() and the clock to
 * this test, which makes up the files; file descriptors and command lines are real.
 */
#include "unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"
#include "host/iomem.h"
#include "host/maps.h"
#include "oom.h"

#define UUID "c0ffee00-0000-4000-8000-00000000cafe"

/* The files */

static struct {
	char path[64];
	const char *text;
	unsigned int opened;
} files[8];
static size_t nr_files;
static time_t seconds;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	for (size_t i = 0; i < nr_files; i++) {
		if (strcmp(files[i].path, path))
			continue;
		files[i].opened++;
		return fmemopen((char *)files[i].text, strlen(files[i].text), "r");
	}
	return strstr(path, "/status") ? __real_fopen(path, mode) : NULL;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	assert_int_equal(clock, CLOCK_MONOTONIC);
	*ts = (struct timespec){ .tv_sec = seconds };
	return 0;
}

static size_t add_file(const char *path, const char *text)
{
	assert_true(nr_files < NR(files));
	snprintf(files[nr_files].path, sizeof(files[nr_files].path), "%s", path);
	files[nr_files].opened = 0;
	files[nr_files].text = text;
	return nr_files++;
}

static size_t add_maps(uint32_t pid, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	return add_file(path, text);
}

static int begin(void **state)
{
	(void)state;
	nr_files = 0;
	seconds = 100;
	return 0;
}

/* Maps */

static const char three_maps[] = "1000-3000 rw-p 00000000 00:00 0\n"
				 "garbage\n"
				 "3000-4000 rw-p 00000000 00:00 0      [heap]\n"
				 "8000-a000 r--p 00000000 08:01 1234   /usr/bin/qemu\n";

static void expect_map(struct host_maps *hm, uint32_t pid, uint64_t hva, uint64_t start,
		       uint64_t end)
{
	struct host_map map;

	assert_true(host_maps__find(hm, pid, hva, &map));
	assert_int_equal(map.start, start);
	assert_int_equal(map.end, end);
}

static void expect_no_map(struct host_maps *hm, uint32_t pid, uint64_t hva)
{
	struct host_map map;

	assert_false(host_maps__find(hm, pid, hva, &map));
}

static void maps_are_found_by_address(void **state)
{
	struct host_maps *hm = host_maps__new();
	struct host_map map;

	(void)state;
	add_maps(7, three_maps);
	expect_no_map(hm, 7, 0xfff);
	expect_map(hm, 7, 0x1000, 0x1000, 0x3000);
	expect_map(hm, 7, 0x2fff, 0x1000, 0x3000);
	expect_map(hm, 7, 0x3000, 0x3000, 0x4000);
	expect_no_map(hm, 7, 0x4000);
	expect_no_map(hm, 7, 0x7fff);
	expect_map(hm, 7, 0x9fff, 0x8000, 0xa000);
	expect_no_map(hm, 7, 0xa000);
	assert_true(host_maps__next(hm, 7, 0, &map));
	assert_int_equal(map.start, 0x1000);
	assert_int_equal(map.device.bar, -1);
	assert_string_equal(map.device.bdf, "");
	assert_true(host_maps__next(hm, 7, 0x4000, &map));
	assert_int_equal(map.start, 0x8000);
	assert_false(host_maps__next(hm, 7, 0xa000, &map));
	host_maps__free(hm);
	host_maps__free(NULL);
}

static void there_may_be_many_maps(void **state)
{
	struct host_maps *hm = host_maps__new();
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	for (unsigned int i = 1; i <= 500; i++)
		fprintf(f, "%x-%x rw-p 00000000 00:00 0\n", i << 16, (i << 16) + 0x1000);
	fclose(f);
	add_maps(7, text);
	for (unsigned int i = 1; i <= 500; i++) {
		expect_map(hm, 7, (i << 16) + 0xfff, i << 16, (i << 16) + 0x1000);
		expect_no_map(hm, 7, (i << 16) + 0x1000);
	}
	host_maps__free(hm);
	free(text);
}

static void maps_are_read_again_once_a_second(void **state)
{
	struct host_maps *hm = host_maps__new();
	size_t file;

	(void)state;
	file = add_maps(7, three_maps);
	expect_no_map(hm, 7, 0x5000);
	assert_int_equal(files[file].opened, 1);
	files[file].text = "5000-6000 rw-p 00000000 00:00 0\n";
	expect_no_map(hm, 7, 0x5000);
	assert_int_equal(files[file].opened, 1);
	seconds++;
	/* What is found is not looked for again, though it may be old. */
	expect_map(hm, 7, 0x1000, 0x1000, 0x3000);
	assert_int_equal(files[file].opened, 1);
	expect_map(hm, 7, 0x5000, 0x5000, 0x6000);
	expect_no_map(hm, 7, 0x1000);
	assert_int_equal(files[file].opened, 2);
	host_maps__free(hm);
}

static void maps_are_forgotten_when_asked_to(void **state)
{
	struct host_maps *hm = host_maps__new();
	size_t file, other;

	(void)state;
	file = add_maps(7, three_maps);
	other = add_maps(8, "1000-2000 rw-p 00000000 00:00 0\n");
	host_maps__refresh(hm, 7); /* of which nothing is known yet */
	host_maps__forget(hm, 7);
	expect_map(hm, 8, 0x1000, 0x1000, 0x2000);
	expect_map(hm, 7, 0x1000, 0x1000, 0x3000);
	host_maps__refresh(hm, 7); /* not in the same second */
	expect_map(hm, 7, 0x1000, 0x1000, 0x3000);
	assert_int_equal(files[file].opened, 1);
	seconds++;
	host_maps__refresh(hm, 7);
	expect_map(hm, 7, 0x1000, 0x1000, 0x3000);
	expect_map(hm, 8, 0x1000, 0x1000, 0x2000);
	assert_int_equal(files[file].opened, 2);
	assert_int_equal(files[other].opened, 1);
	host_maps__forget(hm, 7);
	expect_map(hm, 7, 0x1000, 0x1000, 0x3000);
	assert_int_equal(files[file].opened, 3);
	assert_int_equal(files[other].opened, 1);
	host_maps__forget(hm, 8);
	expect_map(hm, 8, 0x1000, 0x1000, 0x2000);
	assert_int_equal(files[file].opened, 3);
	assert_int_equal(files[other].opened, 2);
	host_maps__free(hm);
}

static void a_process_that_is_gone_has_no_maps(void **state)
{
	struct host_maps *hm = host_maps__new();
	struct host_map map;

	(void)state;
	expect_no_map(hm, 7, 0x1000);
	assert_false(host_maps__next(hm, 7, 0, &map));
	host_maps__free(hm);
}

/* A descriptor that looks like that of a VFIO device, and its inode. */
static int open_device(const char *name, uint64_t *ino)
{
	int fd = memfd_create(name, 0);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*ino = st.st_ino;
	return fd;
}

static void add_fdinfo(int fd, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", getpid(), fd);
	add_file(path, text);
}

static void expect_device(struct host_maps *hm, uint64_t hva, const char *bdf, int bar)
{
	struct host_map map;

	assert_true(host_maps__find(hm, (uint32_t)getpid(), hva, &map));
	assert_string_equal(map.device.bdf, bdf);
	assert_int_equal(map.device.bar, bar);
}

/* Maps of 4K from 0x1000 on: a BAR of each device, memory that is none, odd regions. */
static void devices_are_named_by_their_descriptors(void **state)
{
	struct host_maps *hm = host_maps__new();
	uint64_t ino[3], file;
	int fd[4] = { open_device("anon_inode:[vfio-device]", &ino[0]),
		      open_device("/dev/vfio/devices/vfio1", &ino[1]),
		      open_device("anon_inode:[vfio-device]", &ino[2]),
		      open_device("something else", &file) };
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text),
		 "1000-2000 rw-s 40000000000 00:0e %" PRIu64 " anon_inode:[vfio-device]\n"
		 "2000-3000 rw-s 00000000000 00:0e %" PRIu64 " /dev/vfio/devices/vfio1\n"
		 "3000-4000 rw-s 50000000000 00:0e %" PRIu64 " anon_inode:[vfio-device]\n"
		 "4000-5000 rw-s 60000000000 00:0e %" PRIu64 " anon_inode:[vfio-device]\n"
		 "5000-6000 rw-s 20000001000 00:0e %" PRIu64 " something else\n"
		 "6000-7000 rw-s 20000001000 00:0e %" PRIu64 " a vfio of another kind\n"
		 "7000-8000 rw-s of vfio\n",
		 ino[0], ino[1], ino[2], ino[0], file, file);
	add_maps((uint32_t)getpid(), text);
	add_fdinfo(fd[0], "pos:\t0\nvfio-device-syspath: /sys/devices/pci0009:00/0009:01:00.0\n"
			  "vfio-device-syspath: /sys/devices/pci0009:00/none\n");
	add_fdinfo(fd[1], "vfio-device-syspath: /sys/devices/pci0019:00/0019:01:00.1");
	add_fdinfo(fd[2], "pos:\t0\nflags:\t02\n"); /* an older kernel */
	add_fdinfo(fd[3], "vfio-device-syspath: /sys/devices/pci0009:00/0029:01:00.0\n");
	expect_device(hm, 0x1000, "0009:01:00.0", 4);
	expect_device(hm, 0x2000, "0019:01:00.1", 0);
	expect_device(hm, 0x3000, "", -1);	       /* the offset may be an address there */
	expect_device(hm, 0x4000, "0009:01:00.0", -1); /* the ROM */
	expect_device(hm, 0x5000, "", -1);
	expect_device(hm, 0x6000, "", -1);
	expect_device(hm, 0x7000, "", -1);
	for (size_t i = 0; i < NR(fd); i++)
		close(fd[i]);
	host_maps__free(hm);
}

/* /proc/iomem */

static void ranges_are_looked_up_in_iomem(void **state)
{
	struct iomem *io;

	(void)state;
	add_file("/proc/iomem", "00000000-00000fff : reserved\n"
				"40000000-7fffffff : System RAM\n"
				"  41000000-41ffffff : Kernel code\n"
				"80000000-8fffffff : System RAM\n"
				"90000000-9fffffff : reserved\n"
				"nonsense\n"
				"480000000000-4803ffffffff : PCI Bus 0009:01\n");
	io = iomem__read();
	assert_int_equal(iomem__has(io, 0, 0x1000), FACT_YES);
	assert_int_equal(iomem__has(io, 0x1000, 0x1000), FACT_NO);
	assert_int_equal(iomem__has(io, 0x3fffffff, 1), FACT_NO);
	assert_int_equal(iomem__is_ram(io, 0), FACT_NO);
	assert_int_equal(iomem__has(io, 0x40000000, 1), FACT_YES);
	assert_int_equal(iomem__has(io, 0x40000000, 0x60000000), FACT_YES);
	assert_int_equal(iomem__has(io, 0x40000000, 0x60000001), FACT_NO);
	assert_int_equal(iomem__has(io, 0x9fffffff, 1), FACT_YES);
	assert_int_equal(iomem__has(io, 0x9fffffff, 2), FACT_NO);
	assert_int_equal(iomem__has(io, 0xa0000000, 1), FACT_NO);
	assert_int_equal(iomem__has(io, 0x480000000000, 0x400000000), FACT_YES);
	assert_int_equal(iomem__is_ram(io, 0x40000000), FACT_YES);
	assert_int_equal(iomem__is_ram(io, 0x41000000), FACT_YES);
	assert_int_equal(iomem__is_ram(io, 0x8fffffff), FACT_YES);
	assert_int_equal(iomem__is_ram(io, 0x90000000), FACT_NO);
	assert_int_equal(iomem__is_ram(io, 0x480000000000), FACT_NO);
	iomem__free(io);
}

/* All addresses are 0 without CAP_SYS_ADMIN. */
static void iomem_may_tell_nothing(void **state)
{
	struct iomem *io = iomem__read();

	(void)state;
	assert_int_equal(iomem__has(io, 0x40000000, 4096), FACT_UNKNOWN);
	assert_int_equal(iomem__is_ram(io, 0x40000000), FACT_UNKNOWN);
	iomem__free(io);
	iomem__free(NULL);
	add_file("/proc/iomem", "00000000-00000000 : System RAM\n00000000-00000000 : reserved\n");
	io = iomem__read();
	assert_int_equal(iomem__has(io, 0, 4096), FACT_UNKNOWN);
	iomem__free(io);
}

/* Whatever could not be kept is not known; nothing else is amiss. */
static void memory_may_run_out(void **state)
{
	bool failed = true;

	(void)state;
	add_maps(7, three_maps);
	add_file("/proc/iomem", "40000000-7fffffff : System RAM\n");
	for (size_t n = 0; failed; n++) {
		struct host_maps *hm;
		struct iomem *io;
		struct host_map map;
		bool found;

		oom__fail_after(n);
		hm = host_maps__new();
		found = hm && host_maps__find(hm, 7, 0x3000, &map);
		io = iomem__read();
		failed = oom__stop();
		assert_true(failed || (found && io));
		if (io)
			assert_int_not_equal(iomem__has(io, 0x40000000, 1), FACT_NO);
		if (hm)
			host_maps__find(hm, 7, 0x3000, &map);
		host_maps__free(hm);
		iomem__free(io);
	}
}

/* Processes */

/* This program once more, with arguments of which main() makes nothing but to wait. */
static pid_t start_vmm(char *const args[])
{
	char self[256] = "", c;
	int ends[2];
	pid_t pid;

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		execv(self, args);
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &c, 1), 0); /* execv() closes it */
	close(ends[0]);
	return pid;
}

static void end_vmm(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void vms_are_named_by_their_process(void **state)
{
	char *named[] = { "qemu", "-name", "guest=gpu0,debug-threads=on", "-uuid", UUID, NULL };
	char *unnamed[] = { "qemu", "-m", "512", NULL };
	char name[64], uuid[64];
	pid_t pid = start_vmm(named);

	(void)state;
	host__vm_identity((uint32_t)pid, name, sizeof(name), uuid, sizeof(uuid));
	assert_string_equal(name, "gpu0");
	assert_string_equal(uuid, UUID);
	end_vmm(pid);
	host__vm_identity((uint32_t)pid, name, sizeof(name), uuid, sizeof(uuid));
	assert_string_equal(name, "");
	assert_string_equal(uuid, "");
	pid = start_vmm(unnamed);
	host__vm_identity((uint32_t)pid, name, sizeof(name), uuid, sizeof(uuid));
	assert_string_equal(name, "test_host"); /* its command name */
	assert_string_equal(uuid, "");
	end_vmm(pid);
}

static void *wait_for_end(void *arg)
{
	int *ends = arg, tid = gettid();
	char c;

	if (write(ends[1], &tid, sizeof(tid)) != sizeof(tid) || read(ends[2], &c, 1))
		abort();
	return NULL;
}

static void threads_belong_to_a_process(void **state)
{
	char *args[] = { "vmm", "x", NULL };
	pthread_t thread;
	int ends[4], tid;
	pid_t gone = start_vmm(args);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(ends + 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_end, ends), 0);
	assert_int_equal(read(ends[0], &tid, sizeof(tid)), sizeof(tid));
	assert_int_not_equal(tid, getpid());
	assert_int_equal(host__process_of((uint32_t)tid), getpid());
	assert_int_equal(host__process_of((uint32_t)gone), gone);
	close(ends[3]);
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++)
		close(ends[i]);
	end_vmm(gone);
	assert_int_equal(host__process_of((uint32_t)gone), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(maps_are_found_by_address, begin),
		cmocka_unit_test_setup(there_may_be_many_maps, begin),
		cmocka_unit_test_setup(maps_are_read_again_once_a_second, begin),
		cmocka_unit_test_setup(maps_are_forgotten_when_asked_to, begin),
		cmocka_unit_test_setup(a_process_that_is_gone_has_no_maps, begin),
		cmocka_unit_test_setup(devices_are_named_by_their_descriptors, begin),
		cmocka_unit_test_setup(ranges_are_looked_up_in_iomem, begin),
		cmocka_unit_test_setup(iomem_may_tell_nothing, begin),
		cmocka_unit_test_setup(memory_may_run_out, begin),
		cmocka_unit_test_setup(vms_are_named_by_their_process, begin),
		cmocka_unit_test_setup(threads_belong_to_a_process, begin),
	};

	(void)argv;
	if (argc > 1) {
		alarm(60);
		pause();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
