# SPDX-License-Identifier: GPL-2.0-only
# s2_bpf_skeleton(NAME): build generated/NAME.skel.h from bpf/NAME.bpf.c, with clang and
# bpftool.
find_program(CLANG NAMES clang clang-21 clang-20 clang-19 clang-18 clang-17 clang-16 clang-15
             clang-14 REQUIRED)
# Debian's bpftool is in sbin. Ubuntu's wrapper needs the running kernel's tools: prefer a
# real one.
file(GLOB ubuntu_bpftool /usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /usr/local/sbin ${ubuntu_bpftool} REQUIRED)

# <linux/types.h> needs <asm/types.h>, which on Debian is in the multiarch directory of the
# build machine.
execute_process(COMMAND ${CLANG} -print-target-triple OUTPUT_VARIABLE triple
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
string(REGEX REPLACE "-(pc|unknown)-linux" "-linux" triple "${triple}")

add_custom_target(bpf_skeletons)
file(GLOB bpf_headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/bpf/*.h
     ${CMAKE_CURRENT_SOURCE_DIR}/include/s2trace/*.h)

function(s2_bpf_skeleton name)
  set(src ${CMAKE_CURRENT_SOURCE_DIR}/bpf/${name}.bpf.c)
  set(obj ${CMAKE_CURRENT_BINARY_DIR}/generated/${name}.bpf.o)
  set(skel ${CMAKE_CURRENT_BINARY_DIR}/generated/${name}.skel.h)
  add_custom_command(OUTPUT ${obj}
    COMMAND ${CLANG} -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Wno-unused-parameter -Werror
            -D__TARGET_ARCH_arm64 -I${CMAKE_CURRENT_SOURCE_DIR}/include
            -isystem /usr/include/${triple} -c ${src} -o ${obj}
    DEPENDS ${src} ${bpf_headers} VERBATIM COMMENT "BPF ${name}")
  add_custom_command(OUTPUT ${skel}
    COMMAND ${BPFTOOL} gen skeleton ${obj} name ${name}_bpf > ${skel}
    DEPENDS ${obj} COMMENT "Skeleton ${name}")
  add_custom_target(bpf_${name} DEPENDS ${skel})
  add_dependencies(bpf_skeletons bpf_${name})
endfunction()
