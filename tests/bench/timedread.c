// SPDX-License-Identifier: GPL-2.0-only
/* Reads a file to its end and prints how many nanoseconds that took. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	static char buf[1 << 20];
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	long long start = now_ns();
	ssize_t n;

	if (fd < 0) {
		perror("timedread");
		return 1;
	}
	do
		n = read(fd, buf, sizeof(buf));
	while (n > 0);
	if (n < 0) {
		perror(argv[1]);
		return 1;
	}
	printf("%lld\n", now_ns() - start);
	return 0;
}
