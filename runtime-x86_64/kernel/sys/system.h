/* What others tell about the system. */
#pragma once

const char *system_hostname(void); /* never empty */
const char *system_domainname(void);
