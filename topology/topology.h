/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * topology - a network as data: parsers, validation, plan, apply, undo. The only module
 * that knows topology files. Knows nothing of OCI.
 */
