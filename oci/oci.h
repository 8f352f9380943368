/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * oci - an OCI bundle as our specification, our state as an OCI state. The only
 * module that knows the runtime-spec's JSON. Knows nothing of topologies.
 */
