# SPDX-License-Identifier: GPL-2.0-only
cmake_minimum_required(VERSION 3.25)

# Write OUT only if the version has changed, to avoid needless rebuilds.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE rev OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(rev)
  set(version "${RELEASE} (${rev})")
else()
  set(version "${RELEASE}")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define S2TRACE_VERSION \"${version}\"\n")
