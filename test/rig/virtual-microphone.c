/*
 * The microphone in front of a virtual card: an ALSA ioplug PCM for capture. It hears what the card's recording and log
 * say was played `delay` µs earlier, `gain` thousandths as loud, under white noise of peak `noise`.
 *
 *   pcm_type.loamicrophone { lib "/path/libasound_module_pcm_loamicrophone.so" }
 *   pcm.mic { type loamicrophone  recording "/path/horn.s16"  control "/path/horn.fault"  rate 48000  channels 1 }
 *
 * Mono S16_LE at the card's rate; `channels` is the card's, of which it hears the first. It sits on the same device as
 * the card: the card's fault `gone` takes it along. Every frame is a function of its instant alone, so a late or a
 * repeated read hears the same. `delay` must exceed the card's tick, or the end of the newest sound is missed.
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL
#define DEFAULT_DELAY_US 20000
#define DEFAULT_GAIN_PERMILLE 100
#define DEFAULT_NOISE_PEAK 10
#define MIN_PERIOD_BYTES 256
#define MAX_PERIOD_BYTES (128 * 1024)
#define MAX_BUFFER_BYTES (512 * 1024)
#define MAX_LINE 512

/* One line of the card's log: from this frame and instant on the card played, or did not. */
struct mark {
	double monotonic_ms;
	uint64_t frame;
	bool playing;
};

struct microphone {
	snd_pcm_ioplug_t io;
	char *recording, *control;
	long channels, delay_us, gain_permille, noise_peak;
	struct mark *marks;
	size_t marks_known, marks_allocated;
	off_t log_read;
	snd_pcm_uframes_t boundary;
	int64_t started_ns;
	bool running;
};

static int64_t monotonic_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static bool gone(const struct microphone *mic)
{
	char word[8] = "";
	return readlink(mic->control, word, sizeof(word) - 1) > 0 && strcmp(word, "gone") == 0;
}

static int add_mark(struct microphone *mic, const char *line)
{
	char event[16];
	double monotonic_ms;
	unsigned long long frame;
	if (sscanf(line, "{\"event\":\"%15[a-z]\",\"atMs\":%*f,\"monotonicMs\":%lf,\"frame\":%llu", event, &monotonic_ms,
		   &frame) != 3)
		return 0;
	if (mic->marks_known == mic->marks_allocated) {
		size_t allocated = mic->marks_allocated ? 2 * mic->marks_allocated : 64;
		struct mark *grown = realloc(mic->marks, allocated * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		mic->marks = grown;
		mic->marks_allocated = allocated;
	}
	bool playing = strcmp(event, "start") == 0 || strcmp(event, "unstall") == 0;
	mic->marks[mic->marks_known++] = (struct mark){ monotonic_ms, frame, playing };
	return 0;
}

static int read_log(struct microphone *mic)
{
	char path[PATH_MAX], line[MAX_LINE];
	int error = 0;
	snprintf(path, sizeof(path), "%s.log", mic->recording);
	FILE *log = fopen(path, "re");
	if (log == NULL)
		return 0; /* nothing has been played yet */
	fseeko(log, mic->log_read, SEEK_SET);
	while (error == 0 && fgets(line, sizeof(line), log) != NULL && strchr(line, '\n') != NULL) {
		mic->log_read = ftello(log);
		error = add_mark(mic, line);
	}
	fclose(log);
	return error;
}

/* What is heard during one stretch of the log lies in the recording at a fixed distance from the captured frames. */
static void hear_stretch(struct microphone *mic, int recording, size_t index, uint64_t from, int16_t *heard,
			 size_t frames)
{
	const struct mark *mark = &mic->marks[index];
	bool last = index + 1 == mic->marks_known;
	double rate_per_ms = mic->io.rate / 1000.0;
	double first_ms = (mic->started_ns - mic->delay_us * 1000) / 1e6;
	int64_t begin = llrint((mark->monotonic_ms - first_ms) * rate_per_ms) - (int64_t)from;
	int64_t end = last ? INT64_MAX / 2 : begin + (int64_t)(mark[1].frame - mark->frame);
	int64_t at = begin > 0 ? begin : 0;
	if (end > (int64_t)frames)
		end = frames;
	if (!mark->playing || at >= end)
		return;
	size_t frame_bytes = mic->channels * sizeof(int16_t);
	int16_t *played = malloc((end - at) * frame_bytes);
	if (played == NULL)
		return;
	ssize_t bytes = pread(recording, played, (end - at) * frame_bytes, (mark->frame + at - begin) * frame_bytes);
	for (ssize_t i = 0; bytes > 0 && i < bytes / (ssize_t)frame_bytes; i++)
		heard[at + i] = played[i * mic->channels] * mic->gain_permille / 1000;
	free(played);
}

static int16_t noise(uint64_t frame, long peak)
{
	uint64_t bits = (frame + 1) * 0x9E3779B97F4A7C15ULL;
	bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ULL;
	bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBULL;
	return (int16_t)((bits >> 33) % (2 * peak + 1) - peak);
}

static snd_pcm_sframes_t mic_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
				      snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	struct microphone *mic = io->private_data;
	int16_t *heard = (int16_t *)((uint8_t *)areas->addr + (areas->first + areas->step * offset) / 8);
	uint64_t from = io->appl_ptr;
	if (gone(mic))
		return -ENODEV;
	memset(heard, 0, frames * sizeof(*heard));
	int error = read_log(mic);
	if (error < 0)
		return error;
	int recording = open(mic->recording, O_RDONLY | O_CLOEXEC);
	if (recording >= 0) {
		for (size_t i = 0; i < mic->marks_known; i++)
			hear_stretch(mic, recording, i, from, heard, frames);
		close(recording);
	}
	for (size_t i = 0; i < frames; i++) {
		int32_t sum = heard[i] + noise(from + i, mic->noise_peak);
		heard[i] = sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum;
	}
	return frames;
}

static snd_pcm_sframes_t mic_pointer(snd_pcm_ioplug_t *io)
{
	struct microphone *mic = io->private_data;
	if (gone(mic)) {
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
		return io->hw_ptr;
	}
	if (!mic->running)
		return io->hw_ptr;
	int64_t elapsed = monotonic_ns() - mic->started_ns;
	uint64_t captured = elapsed / NS_PER_SECOND * io->rate + elapsed % NS_PER_SECOND * io->rate / NS_PER_SECOND;
	if (captured - io->appl_ptr > io->buffer_size)
		return -EPIPE; /* nobody fetched it in time: an overrun */
	return captured % mic->boundary;
}

static int arm(struct microphone *mic, int64_t period_ns)
{
	struct itimerspec timer = {
		.it_value = { period_ns / NS_PER_SECOND, period_ns % NS_PER_SECOND },
		.it_interval = { period_ns / NS_PER_SECOND, period_ns % NS_PER_SECOND },
	};
	return timerfd_settime(mic->io.poll_fd, 0, &timer, NULL) < 0 ? -errno : 0;
}

static int mic_start(snd_pcm_ioplug_t *io)
{
	struct microphone *mic = io->private_data;
	mic->started_ns = monotonic_ns();
	mic->running = true;
	return arm(mic, (int64_t)io->period_size * NS_PER_SECOND / io->rate);
}

static int mic_stop(snd_pcm_ioplug_t *io)
{
	struct microphone *mic = io->private_data;
	mic->running = false;
	return arm(mic, 0);
}

static int mic_prepare(snd_pcm_ioplug_t *io)
{
	struct microphone *mic = io->private_data;
	mic->running = false;
	return gone(mic) ? -ENODEV : 0;
}

static int mic_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct microphone *mic = io->private_data;
	return snd_pcm_sw_params_get_boundary(params, &mic->boundary);
}

static int mic_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned int count,
			    unsigned short *events)
{
	uint64_t expirations;
	*events = 0;
	if (count == 1 && (descriptors->revents & POLLIN) && read(io->poll_fd, &expirations, sizeof(expirations)) > 0)
		*events = POLLIN;
	return 0;
}

static void discard(struct microphone *mic)
{
	if (mic->io.poll_fd >= 0)
		close(mic->io.poll_fd);
	free(mic->recording);
	free(mic->control);
	free(mic->marks);
	free(mic);
}

static int mic_close(snd_pcm_ioplug_t *io)
{
	discard(io->private_data);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = mic_start,
	.stop = mic_stop,
	.pointer = mic_pointer,
	.transfer = mic_transfer,
	.close = mic_close,
	.sw_params = mic_sw_params,
	.prepare = mic_prepare,
	.poll_revents = mic_poll_revents,
};

static int constrain(snd_pcm_ioplug_t *io, unsigned int rate)
{
	static const unsigned int accesses[] = { SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED };
	static const unsigned int formats[] = { SND_PCM_FORMAT_S16_LE };
	int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, accesses);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, formats);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 1);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, rate, rate);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, MIN_PERIOD_BYTES,
							MAX_PERIOD_BYTES);
	if (error >= 0)
		error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 2 * MIN_PERIOD_BYTES,
							MAX_BUFFER_BYTES);
	return error;
}

SND_PCM_PLUGIN_DEFINE_FUNC(loamicrophone)
{
	snd_config_iterator_t i, next;
	const char *recording = NULL, *control = NULL;
	long rate = 0, channels = 0, delay = DEFAULT_DELAY_US, gain = DEFAULT_GAIN_PERMILLE, peak = DEFAULT_NOISE_PEAK;
	struct { const char *key; long *value; } numbers[] = {
		{ "rate", &rate }, { "channels", &channels }, { "delay", &delay }, { "gain", &gain }, { "noise", &peak },
	};
	int error;
	(void)root;
	snd_config_for_each(i, next, conf)
	{
		snd_config_t *node = snd_config_iterator_entry(i);
		const char *key;
		if (snd_config_get_id(node, &key) < 0)
			continue;
		if (strcmp(key, "recording") == 0)
			snd_config_get_string(node, &recording);
		if (strcmp(key, "control") == 0)
			snd_config_get_string(node, &control);
		for (size_t n = 0; n < sizeof(numbers) / sizeof(*numbers); n++)
			if (strcmp(key, numbers[n].key) == 0)
				snd_config_get_integer(node, numbers[n].value);
	}
	if (recording == NULL || control == NULL || rate <= 0 || channels <= 0 || peak < 0 ||
	    stream != SND_PCM_STREAM_CAPTURE) {
		SNDERR("loamicrophone: needs recording, control, rate and channels, and captures only");
		return -EINVAL;
	}
	struct microphone *mic = calloc(1, sizeof(*mic));
	if (mic == NULL)
		return -ENOMEM;
	mic->recording = strdup(recording);
	mic->control = strdup(control);
	mic->channels = channels;
	mic->delay_us = delay;
	mic->gain_permille = gain;
	mic->noise_peak = peak;
	mic->boundary = LONG_MAX;
	mic->io.version = SND_PCM_IOPLUG_VERSION;
	mic->io.name = "Microphone of a virtual loudspeaker card";
	mic->io.flags = SND_PCM_IOPLUG_FLAG_LISTED | SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	mic->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	mic->io.poll_events = POLLIN;
	mic->io.callback = &callbacks;
	mic->io.private_data = mic;
	if (gone(mic) || mic->io.poll_fd < 0) {
		error = mic->io.poll_fd < 0 ? -EMFILE : -ENODEV;
		discard(mic);
		return error;
	}
	if ((error = snd_pcm_ioplug_create(&mic->io, name, stream, mode)) < 0) {
		discard(mic);
		return error;
	}
	if ((error = constrain(&mic->io, rate)) < 0) {
		snd_pcm_ioplug_delete(&mic->io); /* closes: mic_close has freed it */
		return error;
	}
	*pcmp = mic->io.pcm;
	return 0;
}

SND_PCM_PLUGIN_SYMBOL(loamicrophone);
