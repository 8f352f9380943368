/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Tables of random delays: the inverse of a distribution function at equal steps, so that a
 * random place in the table is a random delay. Without libm, which nothing else here needs.
 */

#include <string.h>

#include "netns/queue.h"

#define UNIT  8192.0 /* one standard deviation */
#define STEPS 65536
#define REACH 4.0 /* deviations that a table holds */

static int16_t clamp(double value)
{
	double scaled = value * UNIT;

	if (scaled > INT16_MAX)
		return INT16_MAX;
	if (scaled < INT16_MIN)
		return INT16_MIN;
	return (int16_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/** e to the power of a small number. */
static double small_exp(double x)
{
	return 1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4)));
}

/** Walk along the bell curve, adding up what lies below it. */
static void normal_fill(double ret[DISTRIBUTION_SIZE])
{
	const double width = 2 * REACH / STEPS;
	double density = 1.3383022576488537e-4; /* of 4 deviations */
	double below = 3.167124183311992e-5;    /* what lies beyond them */
	double x = -REACH;
	int n = 0;

	for (int i = 0; i < STEPS && n < DISTRIBUTION_SIZE; i++) {
		double next = density * small_exp(-x * width - width * width / 2);
		double more = below + (density + next) / 2 * width;

		while (n < DISTRIBUTION_SIZE && (n + 0.5) / DISTRIBUTION_SIZE <= more) {
			double part = ((n + 0.5) / DISTRIBUTION_SIZE - below) / (more - below);

			ret[n++] = x + (part > 0 ? part : 0) * width;
		}
		density = next;
		below = more;
		x += width;
	}
	while (n < DISTRIBUTION_SIZE)
		ret[n++] = REACH;
}

static double cube_root(double a)
{
	double x = 1;

	for (int i = 0; i < 60; i++)
		x -= (x * x * x - a) / (3 * x * x);
	return x;
}

/** Of shape 3: mean 1.5, variance 0.75. */
static void pareto_fill(double ret[DISTRIBUTION_SIZE])
{
	const double deviation = 0.8660254037844386;

	for (int i = 0; i < DISTRIBUTION_SIZE; i++) {
		double above = 1 - (i + 0.5) / DISTRIBUTION_SIZE;

		ret[i] = (1 / cube_root(above) - 1.5) / deviation;
	}
}

void distribution_fill(enum netns_distribution distribution, int16_t ret[DISTRIBUTION_SIZE])
{
	double normal[DISTRIBUTION_SIZE], pareto[DISTRIBUTION_SIZE];

	normal_fill(normal);
	pareto_fill(pareto);
	for (int i = 0; i < DISTRIBUTION_SIZE; i++) {
		switch (distribution) {
		case NETNS_DISTRIBUTION_UNIFORM:
			ret[i] = clamp(((i + 0.5) / DISTRIBUTION_SIZE - 0.5) * 2);
			break;
		case NETNS_DISTRIBUTION_NORMAL:
			ret[i] = clamp(normal[i]);
			break;
		case NETNS_DISTRIBUTION_PARETO:
			ret[i] = clamp(pareto[i]);
			break;
		case NETNS_DISTRIBUTION_PARETONORMAL:
			ret[i] = clamp(normal[i] / 4 + pareto[i] * 3 / 4);
			break;
		}
	}
}
