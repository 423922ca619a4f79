/*
 * LD_PRELOAD: a worn flash card, and one that tells. Every fsync and fdatasync takes SLOW_FSYNC_MS milliseconds longer; into the file
 * that FSYNC_LOG names goes a line for each file that was synced, and for each that was renamed, in that order.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void wait_for_flash(void)
{
	const char *text = getenv("SLOW_FSYNC_MS");
	long delay_ms = text == NULL ? 0 : strtol(text, NULL, 10);
	struct timespec rest = { delay_ms / 1000, delay_ms % 1000 * 1000000 };
	if (delay_ms <= 0)
		return;
	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
}

static void tell(const char *what, const char *path)
{
	const char *log = getenv("FSYNC_LOG");
	char line[2 * PATH_MAX];
	int length, fd;
	if (log == NULL)
		return;
	length = snprintf(line, sizeof line, "%s %s\n", what, path);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, line, (size_t)length) != length)
		abort();
	close(fd);
}

static void tell_of(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t length;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof path - 1);
	if (length < 0)
		return;
	path[length] = '\0';
	tell("sync", path);
}

int fsync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	wait_for_flash();
	tell_of(fd);
	return next(fd);
}

int fdatasync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	wait_for_flash();
	tell_of(fd);
	return next(fd);
}

int rename(const char *from, const char *to)
{
	int (*next)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
	tell("rename", to);
	return next(from, to);
}
