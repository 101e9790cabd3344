# SPDX-License-Identifier: GPL-2.0-only
# S2TRACE_VERSION in generated/version.h: the release and the git revision, updated at every
# build.
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/generated)
add_custom_target(version_header ALL
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_CURRENT_SOURCE_DIR} -DRELEASE=${PROJECT_VERSION}
          -DOUT=${CMAKE_CURRENT_BINARY_DIR}/generated/version.h
          -P ${CMAKE_CURRENT_LIST_DIR}/git-version.cmake
  BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/generated/version.h
  COMMENT "")
