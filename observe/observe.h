/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * observe - captures, samples, statistics and events: watches nodes and links, never changes
 * them. Knows nothing of containers: callers pass names and handles.
 */
