/* The library, its GPUs and what they are called. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

#define MOST_GPUS 16
#define MOST_INSTANCES 7

int initialized;
static Device gpus[MOST_GPUS];
static Device instances[MOST_GPUS][MOST_INSTANCES];

static unsigned gpu_count(void) { return (unsigned)scenario_number(NULL, "gpus", scenario_now(), 1); }

EXPORT int nvmlInitWithFlags(unsigned flags) {
  (void)flags;
  if (!initialized && !scenario_load()) return DRIVER_NOT_LOADED;
  int code = scenario_call(__func__, NULL);
  if (code) return code;
  for (int gpu = 0; gpu < MOST_GPUS; gpu++) {
    gpus[gpu] = (Device){gpu, -1};
    for (int i = 0; i < MOST_INSTANCES; i++) instances[gpu][i] = (Device){gpu, i};
  }
  initialized++;
  return SUCCESS;
}

EXPORT int nvmlShutdown(void) {
  ENTER(NULL);
  initialized--;
  return SUCCESS;
}

EXPORT int nvmlSystemGetDriverVersion(char *version, unsigned length) {
  ENTER(NULL);
  snprintf(version, length, "%s", scenario_text(NULL, "driver", scenario_now(), "570.86.15"));
  return SUCCESS;
}

EXPORT int nvmlDeviceGetCount_v2(unsigned *count) {
  ENTER(NULL);
  *count = gpu_count();
  return SUCCESS;
}

EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device **device) {
  ENTER(NULL);
  if (index >= gpu_count()) return INVALID_ARGUMENT;
  ENTER(&gpus[index]);
  *device = &gpus[index];
  return SUCCESS;
}

static void uuid_of(const Device *device, char *uuid, unsigned length) {
  char made[96];
  if (device->instance < 0) snprintf(made, sizeof made, "GPU-%08d-0000-0000-0000-000000000000", device->gpu);
  else snprintf(made, sizeof made, "MIG-%08d-0000-0000-0000-00000000000%d", device->gpu, device->instance);
  snprintf(uuid, length, "%s", scenario_text(device, "uuid", scenario_now(), made));
}

EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, Device **device) {
  ENTER(NULL);
  for (unsigned gpu = 0; gpu < gpu_count(); gpu++)
    for (int i = -1; i < MOST_INSTANCES; i++) {
      Device *candidate = i < 0 ? &gpus[gpu] : &instances[gpu][i];
      char its[96];
      uuid_of(candidate, its, sizeof its);
      if (strcmp(uuid, its)) continue;
      ENTER(candidate);
      *device = candidate;
      return SUCCESS;
    }
  return NOT_FOUND;
}

EXPORT int nvmlDeviceGetUUID(Device *device, char *uuid, unsigned length) {
  ENTER(device);
  uuid_of(device, uuid, length);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetName(Device *device, char *name, unsigned length) {
  ENTER(device);
  snprintf(name, length, "%s", scenario_text(device, "name", scenario_now(), "NVIDIA Stand-in"));
  return SUCCESS;
}

EXPORT int nvmlDeviceGetArchitecture(Device *device, unsigned *architecture) {
  ENTER(device);
  *architecture = (unsigned)scenario_number(device, "architecture", scenario_now(), 9);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetPciInfo_v3(Device *device, Pci *pci) {
  ENTER(device);
  *pci = (Pci){.bus = (unsigned)device->gpu};
  char made[32];
  snprintf(made, sizeof made, "00000000:%02X:00.0", device->gpu + 1);
  snprintf(pci->bus_id, sizeof pci->bus_id, "%s", scenario_text(device, "pci", scenario_now(), made));
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMigMode(Device *device, unsigned *current, unsigned *pending) {
  ENTER(device);
  if (!scenario_knows(device, "mig")) return NOT_SUPPORTED;
  *current = *pending = (unsigned)scenario_number(device, "mig", scenario_now(), 0);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMaxMigDeviceCount(Device *device, unsigned *count) {
  ENTER(device);
  *count = MOST_INSTANCES;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(Device *device, unsigned index, Device **instance) {
  ENTER(device);
  if (index >= MOST_INSTANCES || !scenario_knows(&instances[device->gpu][index], "total")) return NOT_FOUND;
  *instance = &instances[device->gpu][index];
  return SUCCESS;
}

EXPORT int nvmlDeviceGetGpuInstanceId(Device *device, unsigned *id) {
  ENTER(device);
  *id = (unsigned)device->instance + 1;
  return device->instance < 0 ? INVALID_ARGUMENT : SUCCESS;
}
