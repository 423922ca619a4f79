/*
 * A sound card for machines that have none: an ALSA ioplug PCM that keeps real time, records what was really played
 * and fails on demand. Playback, S16_LE, one opener at a time, like `hw:`.
 *
 *   pcm_type.loavirtual { lib "/path/libasound_module_pcm_loavirtual.so" }
 *   pcm.horn { type loavirtual  recording "/path/horn.s16"  control "/path/horn.fault"  rate 48000  channels 1 }
 *
 * Optional: `rate` (8000..96000), `channels` (1..2), `tick` in µs (2000). Beside the recording: `.log` (JSON lines)
 * and `.lock`. `control` is a symbolic link whose text is the fault, or absent. Nothing here calls read(2): the client is
 * judged by how many bytes it has read, as with a real card, which adds none.
 *
 * A thread in the client, the "speaker", moves the hardware pointer by CLOCK_MONOTONIC and appends each frame to the
 * recording only once it has been played. So SIGKILL needs no help from the dying process: frames still queued are in
 * no file, and at most one tick of played ones is missing. Where the speaker gets no real-time priority, add the time it
 * waits for a processor.
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL
#define NS_PER_MICROSECOND 1000LL
#define DEFAULT_TICK_US 2000
#define BUSY_POLL_US 2000
#define SPEAKER_PRIORITY 10
#define MIN_RATE_HZ 8000
#define MAX_RATE_HZ 96000
#define MAX_CHANNELS 2
#define MIN_PERIOD_BYTES 256
#define MAX_PERIOD_BYTES (128 * 1024)
#define MAX_BUFFER_BYTES (512 * 1024)

enum fault { FAULT_NONE, FAULT_GONE, FAULT_STALL, FAULT_MUTE, FAULT_BUSY };

struct card {
	snd_pcm_ioplug_t io;
	char *recording, *control;
	int recording_fd, log_fd, lock_fd, wake_fd; /* a byte sent to wake_fd makes io.poll_fd readable */
	int64_t tick_ns;

	pthread_t speaker;
	bool speaker_exists;
	pthread_mutex_t mutex; /* guards everything below; ALSA's own lock is always taken first */
	pthread_cond_t wake;
	bool closing, running, underrun, stalled, gone, readable;

	uint8_t *ring;
	size_t frame_bytes;
	unsigned int rate;
	snd_pcm_uframes_t buffer_frames, avail_min, boundary;
	uint64_t written, played; /* frames since prepare */
	uint64_t file_frames;	  /* frames in the recording, all sessions */
	int64_t started_ns;	  /* moved forward by the length of every stall */
	int64_t updated_ns;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static enum fault read_fault(const struct card *card)
{
	char word[16] = "";
	if (readlink(card->control, word, sizeof(word) - 1) < 0)
		return FAULT_NONE;
	if (strcmp(word, "gone") == 0)
		return FAULT_GONE;
	if (strcmp(word, "stall") == 0)
		return FAULT_STALL;
	if (strcmp(word, "mute") == 0)
		return FAULT_MUTE;
	if (strcmp(word, "busy") == 0)
		return FAULT_BUSY;
	return FAULT_NONE;
}

/* One write per line: a killed client leaves whole lines only. */
static void log_event(struct card *card, const char *event, int64_t monotonic_ns)
{
	char line[256];
	int64_t realtime_ns = clock_ns(CLOCK_REALTIME) - (clock_ns(CLOCK_MONOTONIC) - monotonic_ns);
	int length = snprintf(line, sizeof(line),
			      "{\"event\":\"%s\",\"atMs\":%.3f,\"monotonicMs\":%.3f,\"frame\":%llu,\"pid\":%d,"
			      "\"rateHz\":%u,\"channels\":%u,\"bufferFrames\":%lu,\"periodFrames\":%lu}\n",
			      event, realtime_ns / 1e6, monotonic_ns / 1e6, (unsigned long long)card->file_frames,
			      (int)getpid(), card->rate, card->io.channels, card->buffer_frames, card->io.period_size);
	if (write(card->log_fd, line, length) != length)
		SNDERR("loavirtual: the log of %s is incomplete", card->recording);
}

/* Rounded up: at that instant the last of these frames has been played. */
static int64_t duration_ns(const struct card *card, uint64_t frames)
{
	uint64_t rest = frames % card->rate * NS_PER_SECOND;
	return frames / card->rate * NS_PER_SECOND + (rest + card->rate - 1) / card->rate;
}

static uint64_t room(const struct card *card)
{
	return card->buffer_frames - (card->written - card->played);
}

/* The descriptor stays readable as long as a poller has something to do, so no wake-up can be lost. */
static void update_readable(struct card *card)
{
	/* Draining empties the buffer: room in it is no reason to wake, only its end is. */
	bool due = card->io.state == SND_PCM_STATE_DRAINING ? card->played == card->written
							    : room(card) >= card->avail_min;
	bool readable = card->gone || card->underrun || (due && !card->stalled);
	char byte = 0;
	if (readable == card->readable)
		return;
	card->readable = readable;
	if ((readable ? send(card->wake_fd, &byte, 1, 0) : recv(card->io.poll_fd, &byte, 1, 0)) != 1)
		SNDERR("loavirtual: wake-up: %s", strerror(errno));
}

static void record(struct card *card, uint64_t until, bool mute)
{
	uint64_t frames = until - card->played;
	uint64_t offset = card->played % card->buffer_frames;
	uint64_t first = frames < card->buffer_frames - offset ? frames : card->buffer_frames - offset;
	uint8_t *at = card->ring + offset * card->frame_bytes;
	struct iovec parts[2] = {
		{ at, first * card->frame_bytes },
		{ card->ring, (frames - first) * card->frame_bytes },
	};
	if (frames == 0)
		return;
	if (mute) {
		memset(parts[0].iov_base, 0, parts[0].iov_len);
		memset(parts[1].iov_base, 0, parts[1].iov_len);
	}
	if (writev(card->recording_fd, parts, 2) != (ssize_t)(frames * card->frame_bytes))
		SNDERR("loavirtual: %s is incomplete", card->recording);
	card->played = until;
	card->file_frames += frames;
}

/* Moves the hardware pointer to now. Called by the speaker each tick and by every client call that asks where it is. */
static void advance(struct card *card)
{
	if (!card->running)
		return;
	enum fault fault = read_fault(card);
	int64_t now = clock_ns(CLOCK_MONOTONIC);
	if (card->stalled)
		card->started_ns += now - card->updated_ns;
	card->updated_ns = now;

	int64_t elapsed = now - card->started_ns;
	uint64_t due = elapsed / NS_PER_SECOND * card->rate + elapsed % NS_PER_SECOND * card->rate / NS_PER_SECOND;
	record(card, due < card->written ? due : card->written, fault == FAULT_MUTE);

	if (fault == FAULT_GONE) {
		card->gone = true;
		card->running = false;
		log_event(card, "lost", now);
	} else if (due > card->written && card->written > 0 && card->io.state != SND_PCM_STATE_DRAINING) {
		card->underrun = true;
		card->running = false;
		log_event(card, "underrun", card->started_ns + duration_ns(card, card->written));
	} else if ((fault == FAULT_STALL) != card->stalled) {
		card->stalled = !card->stalled;
		log_event(card, card->stalled ? "stall" : "unstall", now);
	}
	update_readable(card);
}

/* Between ticks the speaker wakes for a client at the very frame that client waits for. */
static int64_t next_wake(const struct card *card)
{
	int64_t tick = card->updated_ns + card->tick_ns;
	bool draining = card->io.state == SND_PCM_STATE_DRAINING;
	uint64_t missing = draining ? card->written - card->played : card->avail_min - room(card);
	if (card->readable || card->stalled || missing > card->buffer_frames)
		return tick;
	int64_t ready = card->started_ns + duration_ns(card, card->played + missing);
	return ready < tick ? ready : tick;
}

static void *speak(void *argument)
{
	struct card *card = argument;
	pthread_mutex_lock(&card->mutex);
	while (!card->closing) {
		if (!card->running) {
			pthread_cond_wait(&card->wake, &card->mutex);
			continue;
		}
		advance(card);
		int64_t wake_ns = next_wake(card);
		struct timespec until = { wake_ns / NS_PER_SECOND, wake_ns % NS_PER_SECOND };
		pthread_cond_timedwait(&card->wake, &card->mutex, &until);
	}
	pthread_mutex_unlock(&card->mutex);
	return NULL;
}

/* Real-time priority where the machine allows it: a card does not wait for a processor. */
static int hire_speaker(struct card *card)
{
	pthread_attr_t attributes;
	struct sched_param priority = { .sched_priority = SPEAKER_PRIORITY };
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &priority);
	int error = pthread_create(&card->speaker, &attributes, speak, card);
	if (error != 0)
		error = pthread_create(&card->speaker, NULL, speak, card);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	card->speaker_exists = error == 0;
	return -error;
}

static int card_start(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->mutex);
	card->started_ns = card->updated_ns = clock_ns(CLOCK_MONOTONIC);
	card->running = true;
	card->stalled = false;
	log_event(card, "start", card->started_ns);
	pthread_cond_signal(&card->wake);
	pthread_mutex_unlock(&card->mutex);
	return 0;
}

static void halt(struct card *card)
{
	advance(card);
	if (card->running)
		log_event(card, "stop", card->updated_ns);
	card->running = false;
}

static int card_stop(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->mutex);
	halt(card);
	card->underrun = false;
	/* What was queued is dropped. Who polls a stopped card is woken, as by hardware: nothing else tells it to prepare. */
	card->written = card->played;
	update_readable(card);
	pthread_mutex_unlock(&card->mutex);
	return 0;
}

/* An error from pointer() would be told to the client as an underrun; this state is told as -ENODEV, as by hardware. */
static void disconnect_if_gone(struct card *card)
{
	if (card->gone)
		snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_DISCONNECTED);
}

static int card_prepare(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->mutex);
	halt(card);
	if (read_fault(card) == FAULT_GONE)
		card->gone = true;
	card->underrun = false;
	card->written = card->played = 0;
	update_readable(card);
	disconnect_if_gone(card);
	int result = card->gone ? -ENODEV : 0;
	pthread_mutex_unlock(&card->mutex);
	return result;
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->mutex);
	advance(card);
	snd_pcm_sframes_t result = card->underrun ? -EPIPE : (snd_pcm_sframes_t)(card->played % card->boundary);
	disconnect_if_gone(card);
	pthread_mutex_unlock(&card->mutex);
	return result;
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
				       snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	struct card *card = io->private_data;
	const uint8_t *from = (const uint8_t *)areas->addr + (areas->first + areas->step * offset) / 8;
	snd_pcm_sframes_t result;
	pthread_mutex_lock(&card->mutex);
	advance(card);
	if (!card->running && read_fault(card) == FAULT_GONE)
		card->gone = true;
	if (card->gone) {
		result = -ENODEV;
	} else if (card->underrun) {
		result = -EPIPE;
	} else {
		if (frames > room(card))
			frames = room(card);
		uint64_t at = card->written % card->buffer_frames;
		uint64_t first = frames < card->buffer_frames - at ? frames : card->buffer_frames - at;
		memcpy(card->ring + at * card->frame_bytes, from, first * card->frame_bytes);
		memcpy(card->ring, from + first * card->frame_bytes, (frames - first) * card->frame_bytes);
		card->written += frames;
		update_readable(card);
		result = frames;
	}
	pthread_mutex_unlock(&card->mutex);
	return result;
}

/* The end of a drain shows in the state to clients that poll for it and do not ask for the pointer. */
static void finish_drain(struct card *card)
{
	if (card->io.state != SND_PCM_STATE_DRAINING || card->played < card->written || card->gone)
		return;
	halt(card);
	snd_pcm_ioplug_set_state(&card->io, SND_PCM_STATE_SETUP);
}

static int card_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned int count,
			     unsigned short *events)
{
	struct card *card = io->private_data;
	(void)descriptors;
	(void)count;
	pthread_mutex_lock(&card->mutex);
	advance(card);
	*events = card->readable ? POLLOUT : 0;
	finish_drain(card);
	disconnect_if_gone(card);
	if (card->gone)
		*events |= POLLERR;
	pthread_mutex_unlock(&card->mutex);
	return 0;
}

static int card_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params)
{
	struct card *card = io->private_data;
	struct stat recorded;
	(void)params;
	size_t frame_bytes = io->channels * sizeof(int16_t);
	uint8_t *ring = calloc(io->buffer_size, frame_bytes);
	if (ring == NULL || fstat(card->recording_fd, &recorded) < 0) {
		free(ring);
		return -ENOMEM;
	}
	pthread_mutex_lock(&card->mutex);
	free(card->ring);
	card->ring = ring;
	card->frame_bytes = frame_bytes;
	card->rate = io->rate;
	card->buffer_frames = io->buffer_size;
	card->file_frames = recorded.st_size / frame_bytes;
	card->written = card->played = 0;
	log_event(card, "open", clock_ns(CLOCK_MONOTONIC));
	pthread_mutex_unlock(&card->mutex);
	return 0;
}

static int card_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->mutex);
	snd_pcm_sw_params_get_avail_min(params, &card->avail_min);
	snd_pcm_sw_params_get_boundary(params, &card->boundary);
	update_readable(card);
	pthread_mutex_unlock(&card->mutex);
	return 0;
}

static void discard(struct card *card)
{
	int descriptors[] = { card->recording_fd, card->log_fd, card->lock_fd, card->wake_fd, card->io.poll_fd };
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(*descriptors); i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	free(card->recording);
	free(card->control);
	free(card->ring);
	free(card);
}

static int card_close(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->mutex);
	halt(card);
	card->closing = true;
	if (card->ring != NULL)
		log_event(card, "close", clock_ns(CLOCK_MONOTONIC));
	pthread_cond_signal(&card->wake);
	pthread_mutex_unlock(&card->mutex);
	pthread_join(card->speaker, NULL);
	discard(card);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = card_start,
	.stop = card_stop,
	.pointer = card_pointer,
	.transfer = card_transfer,
	.close = card_close,
	.hw_params = card_hw_params,
	.sw_params = card_sw_params,
	.prepare = card_prepare,
	.poll_revents = card_poll_revents,
};

static int constrain(snd_pcm_ioplug_t *io, long rate, long channels)
{
	static const unsigned int accesses[] = { SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED };
	static const unsigned int formats[] = { SND_PCM_FORMAT_S16_LE };
	int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, accesses);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, formats);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, channels ? channels : 1,
							channels ? channels : MAX_CHANNELS);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, rate ? rate : MIN_RATE_HZ,
							rate ? rate : MAX_RATE_HZ);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, MIN_PERIOD_BYTES,
							MAX_PERIOD_BYTES);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 2 * MIN_PERIOD_BYTES,
							MAX_BUFFER_BYTES);
	return error;
}

static int open_beside(const char *recording, const char *suffix, int flags)
{
	char path[4096];
	if (snprintf(path, sizeof(path), "%s%s", recording, suffix) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

static int take(struct card *card)
{
	enum fault fault = read_fault(card);
	if (fault == FAULT_GONE)
		return -ENODEV;
	return fault == FAULT_BUSY || flock(card->lock_fd, LOCK_EX | LOCK_NB) < 0 ? -EBUSY : 0;
}

static int open_card(snd_pcm_t **pcmp, const char *name, const char *recording, const char *control, long rate,
		     long channels, long tick_us, int mode)
{
	int error;
	int wake[2];
	pthread_condattr_t monotonic;
	struct card *card = calloc(1, sizeof(*card));
	if (card == NULL)
		return -ENOMEM;
	card->recording_fd = card->log_fd = card->lock_fd = card->wake_fd = card->io.poll_fd = -1;
	card->recording = strdup(recording);
	card->control = strdup(control);
	card->tick_ns = tick_us * NS_PER_MICROSECOND;
	card->boundary = LONG_MAX;
	card->avail_min = 1;
	pthread_mutex_init(&card->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&card->wake, &monotonic);

	/* flock: the kernel releases it with the process, however that dies. */
	if ((error = card->lock_fd = open_beside(recording, ".lock", O_RDWR)) < 0)
		goto failed;
	/* As the kernel does it: in use it is refused to who asks for no waiting, and everybody else waits until it is free. */
	while ((error = take(card)) == -EBUSY && !(mode & SND_PCM_NONBLOCK))
		usleep(BUSY_POLL_US);
	if (error < 0)
		goto failed;
	if ((error = card->recording_fd = open_beside(recording, "", O_WRONLY | O_APPEND)) < 0)
		goto failed;
	if ((error = card->log_fd = open_beside(recording, ".log", O_WRONLY | O_APPEND)) < 0)
		goto failed;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, wake) < 0) {
		error = -errno;
		goto failed;
	}
	card->io.poll_fd = wake[0];
	card->wake_fd = wake[1];
	card->io.version = SND_PCM_IOPLUG_VERSION;
	card->io.name = "Virtual loudspeaker card";
	card->io.flags = SND_PCM_IOPLUG_FLAG_LISTED | SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	card->io.poll_events = POLLIN;
	card->io.callback = &callbacks;
	card->io.private_data = card;
	if ((error = hire_speaker(card)) < 0)
		goto failed;
	if ((error = snd_pcm_ioplug_create(&card->io, name, SND_PCM_STREAM_PLAYBACK, mode)) < 0)
		goto failed;
	if ((error = constrain(&card->io, rate, channels)) < 0) {
		snd_pcm_ioplug_delete(&card->io); /* closes: card_close has freed the card */
		return error;
	}
	*pcmp = card->io.pcm;
	return 0;
failed:
	if (card->speaker_exists) {
		pthread_mutex_lock(&card->mutex);
		card->closing = true;
		pthread_cond_signal(&card->wake);
		pthread_mutex_unlock(&card->mutex);
		pthread_join(card->speaker, NULL);
	}
	discard(card);
	return error;
}

SND_PCM_PLUGIN_DEFINE_FUNC(loavirtual)
{
	snd_config_iterator_t i, next;
	const char *recording = NULL, *control = NULL;
	long rate = 0, channels = 0, tick_us = DEFAULT_TICK_US;
	(void)root;
	snd_config_for_each(i, next, conf)
	{
		snd_config_t *node = snd_config_iterator_entry(i);
		const char *key;
		int error = 0;
		if (snd_config_get_id(node, &key) < 0)
			continue;
		if (strcmp(key, "comment") == 0 || strcmp(key, "type") == 0 || strcmp(key, "hint") == 0)
			continue;
		if (strcmp(key, "recording") == 0)
			error = snd_config_get_string(node, &recording);
		else if (strcmp(key, "control") == 0)
			error = snd_config_get_string(node, &control);
		else if (strcmp(key, "rate") == 0)
			error = snd_config_get_integer(node, &rate);
		else if (strcmp(key, "channels") == 0)
			error = snd_config_get_integer(node, &channels);
		else if (strcmp(key, "tick") == 0)
			error = snd_config_get_integer(node, &tick_us);
		else
			error = -EINVAL;
		if (error < 0) {
			SNDERR("loavirtual: bad or unknown field %s", key);
			return error;
		}
	}
	if (recording == NULL || control == NULL || stream != SND_PCM_STREAM_PLAYBACK) {
		SNDERR("loavirtual: needs recording and control, and plays only");
		return -EINVAL;
	}
	return open_card(pcmp, name, recording, control, rate, channels, tick_us, mode);
}

SND_PCM_PLUGIN_SYMBOL(loavirtual);
