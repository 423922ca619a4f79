/* LD_PRELOAD: a small box. To become another program takes a fork SLOW_EXEC_MS milliseconds longer, and so long its parent waits. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A child has its own environment in place by now, so this is read while the library is loaded. */
static long delay_ms;

__attribute__((constructor)) static void read_delay(void)
{
	const char *text = getenv("SLOW_EXEC_MS");
	delay_ms = text == NULL ? 0 : strtol(text, NULL, 10);
}

int execvp(const char *file, char *const argv[])
{
	int (*next)(const char *, char *const[]) = (int (*)(const char *, char *const[]))dlsym(RTLD_NEXT, "execvp");
	struct timespec rest = { delay_ms / 1000, delay_ms % 1000 * 1000000 };
	while (delay_ms > 0 && nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
	return next(file, argv);
}
