/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "netns/answer.h"
#include "tests/support/test.h"

/** struct reply - an NLMSG_ERROR as the kernel sends it */
struct reply {
	struct nlmsghdr header;
	struct nlmsgerr error;
	char rest[256];
};

static struct reply reply_to(uint32_t sequence, int error)
{
	struct reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.header.nlmsg_type = NLMSG_ERROR;
	reply.header.nlmsg_seq = sequence;
	reply.header.nlmsg_len = NLMSG_LENGTH(sizeof(reply.error));
	reply.error.error = -error;
	reply.error.msg.nlmsg_len = NLMSG_HDRLEN + 40;
	return reply;
}

static void add_words(struct reply *reply, size_t at, const char *words)
{
	struct nlattr *attribute = (struct nlattr *)(reply->rest + at);

	attribute->nla_type = NLMSGERR_ATTR_MSG;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + strlen(words) + 1);
	memcpy(attribute + 1, words, strlen(words) + 1);
	reply->header.nlmsg_flags |= NLM_F_ACK_TLVS;
	reply->header.nlmsg_len += (uint32_t)(at + NLA_ALIGN(attribute->nla_len));
}

TEST(an_answer_has_its_sequence_and_errno)
{
	struct reply reply = reply_to(7, EEXIST);
	struct answer answer;

	assert_true(answer_parse(&reply.header, &answer));
	assert_int_equal(answer.sequence, 7);
	assert_int_equal(answer.error, EEXIST);
	assert_string_equal(answer.text, "");
}

TEST(the_kernels_words_follow_with_and_without_the_request)
{
	struct reply capped = reply_to(1, EINVAL), whole = reply_to(2, EINVAL);
	struct answer answer;

	capped.header.nlmsg_flags = NLM_F_CAPPED;
	add_words(&capped, 0, "Device is enslaved");
	assert_true(answer_parse(&capped.header, &answer));
	assert_string_equal(answer.text, "Device is enslaved");

	add_words(&whole, 40, "No such thing");
	assert_true(answer_parse(&whole.header, &answer));
	assert_string_equal(answer.text, "No such thing");
}

TEST(answers_cut_short_are_none_or_have_no_words)
{
	struct reply reply = reply_to(1, EINVAL);
	struct answer answer;

	reply.header.nlmsg_len = NLMSG_LENGTH(sizeof(reply.error)) - 1;
	assert_false(answer_parse(&reply.header, &answer));

	reply = reply_to(1, EINVAL);
	reply.header.nlmsg_flags = NLM_F_ACK_TLVS;
	reply.error.msg.nlmsg_len = UINT32_MAX - 64; /* a request that cannot be there */
	assert_true(answer_parse(&reply.header, &answer));
	assert_string_equal(answer.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_its_sequence_and_errno),
		cmocka_unit_test(the_kernels_words_follow_with_and_without_the_request),
		cmocka_unit_test(answers_cut_short_are_none_or_have_no_words),
	};

	return cmocka_run_group_tests_name("netns/answer", tests, NULL, NULL);
}
