/* What the stand-in driver library plays: a text file of statements, each of which holds for some time.
 *
 *   [at S] [until S] [every S for S] system KEY VALUE
 *   [at S] [until S] [every S for S] gpu N|N/I|* KEY VALUE
 *
 * S are seconds since the library was first initialized, N is a GPU in NVML's order, N/I its MIG instance, * all GPUs.
 * Of two statements about one thing that hold at one time, the later line counts; processes and faults add up.
 *
 *   system   gpus, driver, sample_clock (unix or boot), skip (seconds that pass in no time)
 *   labels   name, uuid, pci, architecture, mig (1 if the GPU is cut; an instance is there if it has a total)
 *   levels   total, reserved, used (bytes), busy, memory_busy (percent), power, power_instant, power_average (watts),
 *            temperature, memory_temperature, sm_clock, memory_clock (MHz), ecc_corrected, ecc_uncorrected,
 *            sm_active, sm_occupied, tensor_active (percent; a GPU without sm_active has no GPM)
 *   rates    of counters: throttle_power, throttle_thermal (seconds per second), pcie_sent, pcie_received, nvlink_sent,
 *            nvlink_received (bytes per second); a field that is never mentioned is not supported
 *   events   xid NUMBER, told once
 *   process  PID|$NAME BYTES|na [compute|graphics|mps [SM_PERCENT]]; process_rubbish COUNT for rows of nonsense
 *   fault    FUNCTION|* CODE [N]: the call returns CODE, or each N-th does
 *   hang     FUNCTION|* SECONDS: the call takes so long
 *   no_samples 1: the sample buffers stay empty
 */

#ifndef SCENARIO_H
#define SCENARIO_H

/* A GPU, or one MIG instance of it; instance is -1 for the GPU itself. This is what NVML's handles point to. */
typedef struct Device {
  int gpu;
  int instance;
} Device;

/* One line of the file: whom it is about, what it says, and when it holds. */
typedef struct Statement {
  double begin, end;     /* seconds since the library was first initialized */
  double period, length; /* of a statement that holds again and again; period is 0 if it does not */
  int system;            /* about the library as a whole */
  int gpu, instance;     /* gpu is -1 for all GPUs */
  char key[32];
  char value[128];
  long calls; /* how often a call matched, for faults of every n-th call */
  int told;   /* whether it was delivered, for events */
} Statement;

/* Read the file that PERFMON_TEST_NVML names, and find the zero of time that all processes share. */
int scenario_load(void);

/* Seconds since the zero of time. */
double scenario_now(void);

/* The next statement with this key about the device (the library as a whole if null) that holds at time t. */
Statement *scenario_next(Statement *after, const Device *device, const char *key, double t);

/* Whether anything is ever said of this key. */
int scenario_knows(const Device *device, const char *key);

/* The last word, number or text, on a key at time t. */
double scenario_number(const Device *device, const char *key, double t, double otherwise);
const char *scenario_text(const Device *device, const char *key, double t, const char *otherwise);

/* The integral of a number from begin to end: the counter of a rate, or the mean of a level times its duration. */
double scenario_integral(const Device *device, const char *key, double begin, double end, double otherwise);

/* Hang or fail as the scenario wants this call to: 0, or the NVML code to return. */
int scenario_call(const char *function, const Device *device);

/* A process id, or the one that $NAME stands for: the number in the file NAME.pid beside the scenario; 0 if none. */
unsigned scenario_pid(const char *text);

#endif
