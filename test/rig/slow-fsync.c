/* LD_PRELOAD: a worn flash card. Every fsync and fdatasync takes SLOW_FSYNC_MS milliseconds longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

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

int fsync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	wait_for_flash();
	return next(fd);
}

int fdatasync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	wait_for_flash();
	return next(fd);
}
