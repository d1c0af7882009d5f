/* What others tell about the system. */
#pragma once

const char *system_hostname(void); /* never empty */
