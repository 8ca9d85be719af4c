/* A stand-in for AMD's library, which the real amdsmi loads: it plays the scenarios that the one for NVML plays.
 *
 * Layouts are those of the amdsmi package of ROCm 7.0. All other functions are stubs that the tests generate. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define EXPORT __attribute__((visibility("default")))
#define MOST_GPUS 16

enum { SUCCESS = 0, NOT_SUPPORTED = 2, DRIVER_NOT_LOADED = 34 };

typedef unsigned long long u64;

#pragma pack(push, 1)
typedef struct { unsigned graphics, memory, media, reserved[13]; } Activity;
typedef struct { u64 power; unsigned current, average; u64 volts[3]; unsigned limit, padding; u64 reserved[18]; } Power;
typedef struct { unsigned now, least, most; unsigned char locked, sleeping, padding[2]; unsigned reserved[4]; } Clock;
typedef struct { u64 corrected, uncorrected, deferred, reserved[5]; } Errors;
typedef struct {
  char name[256];
  unsigned vendor;
  char vendor_name[256];
  unsigned subvendor;
  u64 id;
  unsigned revision;
  char serial[256];
  unsigned rest[2 + 1 + 2 + 1 + 21];
} Asic;
typedef struct {
  char name[256];
  unsigned pid, padding;
  u64 memory;
  u64 graphics, encoder;
  unsigned reserved1[12];
  u64 gtt, cpu, vram;
  unsigned reserved2[10];
  char container[256];
  unsigned occupancy, reserved3[11];
} Process;
#pragma pack(pop)

static Device gpus[MOST_GPUS];

#define ENTER(device)                            \
  do {                                           \
    int code = scenario_call(__func__, (device)); \
    if (code) return code;                       \
  } while (0)

static double level(const Device *device, const char *key, double otherwise) {
  return scenario_number(device, key, scenario_now(), otherwise);
}

EXPORT int amdsmi_init(u64 flags) {
  (void)flags;
  if (!scenario_load()) return DRIVER_NOT_LOADED;
  for (int gpu = 0; gpu < MOST_GPUS; gpu++) gpus[gpu] = (Device){gpu, -1};
  ENTER(NULL);
  return SUCCESS;
}

/* One socket, which is not looked into, with all GPUs. */
EXPORT int amdsmi_get_socket_handles(unsigned *count, void **into) {
  if (into) into[0] = gpus;
  *count = 1;
  return SUCCESS;
}

EXPORT int amdsmi_get_processor_handles(void *socket, unsigned *count, Device **into) {
  (void)socket;
  *count = (unsigned)level(NULL, "gpus", 1);
  for (unsigned i = 0; into && i < *count; i++) into[i] = &gpus[i];
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_device_uuid(Device *device, unsigned *length, char *uuid) {
  char made[40];
  ENTER(device);
  snprintf(made, sizeof made, "%08d-0000-1000-8000-000000000000", device->gpu);
  snprintf(uuid, *length, "%s", scenario_text(device, "uuid", scenario_now(), made));
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_device_bdf(Device *device, u64 *bdf) {
  ENTER(device);
  *bdf = (u64)(device->gpu + 1) << 8;
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_asic_info(Device *device, Asic *asic) {
  ENTER(device);
  memset(asic, 0, sizeof *asic);
  snprintf(asic->name, sizeof asic->name, "%s", scenario_text(device, "name", scenario_now(), "AMD Example"));
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_activity(Device *device, Activity *activity) {
  ENTER(device);
  *activity = (Activity){(unsigned)level(device, "busy", 0), (unsigned)level(device, "memory_busy", 0xFFFF), 0xFFFF, {0}};
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_memory_total(Device *device, unsigned kind, u64 *bytes) {
  ENTER(device);
  *bytes = kind ? 0 : (u64)level(device, "total", 64e9);
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_memory_usage(Device *device, unsigned kind, u64 *bytes) {
  ENTER(device);
  *bytes = kind ? 0 : (u64)level(device, "used", 0);
  return SUCCESS;
}

EXPORT int amdsmi_get_power_info(Device *device, Power *power) {
  ENTER(device);
  *power = (Power){.current = (unsigned)level(device, "power", 0xFFFF), .average = (unsigned)level(device, "power_average", 0xFFFF)};
  return SUCCESS;
}

/* In units of 2^-16 J, as MI200 counts. */
EXPORT int amdsmi_get_energy_count(Device *device, u64 *counter, float *microjoules, u64 *stamp) {
  double now = scenario_now();
  ENTER(device);
  *microjoules = 15.259f;
  *counter = (u64)(scenario_integral(device, "power", 0, now, 0) * 65536);
  *stamp = (u64)(now * 1e9);
  return SUCCESS;
}

EXPORT int amdsmi_get_temp_metric(Device *device, unsigned sensor, unsigned metric, long long *degrees) {
  const char *key = sensor == 1 ? "temperature" : "memory_temperature";
  ENTER(device);
  if (metric || !scenario_knows(device, key)) return NOT_SUPPORTED;
  *degrees = (long long)level(device, key, 0);
  return SUCCESS;
}

EXPORT int amdsmi_get_clock_info(Device *device, unsigned kind, Clock *clock) {
  ENTER(device);
  *clock = (Clock){.now = (unsigned)level(device, kind ? "memory_clock" : "sm_clock", 0)};
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_total_ecc_count(Device *device, Errors *errors) {
  ENTER(device);
  if (!scenario_knows(device, "ecc_corrected")) return NOT_SUPPORTED;
  *errors = (Errors){.corrected = (u64)level(device, "ecc_corrected", 0), .uncorrected = (u64)level(device, "ecc_uncorrected", 0)};
  return SUCCESS;
}

EXPORT int amdsmi_get_gpu_process_list(Device *device, unsigned *count, Process *into) {
  unsigned found = 0;
  ENTER(device);
  for (Statement *s = NULL; (s = scenario_next(s, device, "process", scenario_now())) && found < *count;) {
    char pid[32] = "", bytes[32] = "";
    sscanf(s->value, "%31s %31s", pid, bytes);
    into[found++] = (Process){.pid = scenario_pid(pid), .vram = (u64)atof(bytes)};
  }
  *count = found;
  return SUCCESS;
}
