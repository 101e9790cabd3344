# SPDX-License-Identifier: GPL-2.0-only
#
# Toolchain file to cross-compile for arm64. S2TRACE_SYSROOT is a directory with arm64's
# libbpf, libelf, zlib and ncurses; scripts/sysroot creates one and prints its path.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# try_compile() reads this file again, without the variables of the command line.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES S2TRACE_SYSROOT)
if(NOT S2TRACE_SYSROOT)
	message(FATAL_ERROR "no sysroot: cmake --toolchain cmake/aarch64.cmake -DS2TRACE_SYSROOT=$(scripts/sysroot)")
endif()

set(CMAKE_SYSROOT ${S2TRACE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH ${S2TRACE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# pkg-config must use the sysroot, not this machine.
set(ENV{PKG_CONFIG_LIBDIR} ${S2TRACE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${S2TRACE_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${S2TRACE_SYSROOT})
