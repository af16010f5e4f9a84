"""The live preview: the typed words as they would be sent, with what they cost; it writes nothing and shows no stranger."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from messaging.models import Message, MessageTemplate
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, MessageTemplateFactory
from tests.members.admin.world import staff_of
from tests.messaging.admin.template_forms import EDITS, editor_of, page, typed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


@pytest.fixture
def template():
    club = ClubFactory(name="Riverside", sms_part_price=6450, locale="en_US")
    return MessageTemplateFactory(club=club, text_body="Hi {{ first_name }}")


@pytest.fixture
def editor(client, template):
    person = editor_of(template)
    client.force_login(person)
    return person


def preview(client, template, **changes):
    answer = client.post(page(template, "preview"), typed(template, **changes))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_typed_words_are_filled_for_somebody_made_up_and_nothing_is_saved(client, editor, template):
    shown = preview(client, template, text_body="Hello {{ first_name }} at {{ club_name }}")
    assert "Hello John at Riverside" in shown
    template.refresh_from_db()
    assert (template.text_body, template.history.count()) == ("Hi {{ first_name }}", 1)
    assert not Message.objects.exists()


def test_they_are_filled_for_a_chosen_member(client, editor, template):
    member = MemberFactory(club=template.club, first_name="Aisha")
    assert "Hi Aisha" in preview(client, template, _member=member.pk)


def test_a_text_is_counted_and_priced_and_its_dear_character_named_with_the_way_out(client, editor, template):
    for _number in range(3):
        MessageFactory(
            member__club=template.club, template=template, status="sent", sent_at="2025-08-31T10:00Z"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("messaging.admin.template_preview.timezone.now", lambda: NOW)
        shown = preview(client, template, text_body=f"{'a' * 68}📌")
        assert "<strong>1 part, $0.00645</strong>" in shown
        assert "0 of 70 characters left in this part" in shown
        assert "At this length it costs nothing extra." in shown
        shown = preview(client, template, text_body=f"{'a' * 70}📌")
    assert "<strong>2 parts, $0.0129</strong>" in shown
    assert "at position 71" in shown
    assert 'data-replaces="📌" data-with="">Remove 📌</button>' in shown
    assert "Without: 1 part instead of 2. That saves $0.00645 a message." in shown
    assert "About $0.01935 a month (3 texts in the last 30 days)." in shown


def test_without_a_price_the_way_to_the_club_is_shown_to_whoever_may_change_it(client, template):
    template.club.sms_part_price = 0
    template.club.save()
    client.force_login(editor_of(template))
    assert "Price not set." in preview(client, template)
    assert f"/club/{template.club_id}/change/" not in preview(client, template)
    client.force_login(editor_of(template, (*EDITS, "members.change_club")))
    assert f"/club/{template.club_id}/change/" in preview(client, template)


def test_mistakes_are_named_with_line_and_advice_and_nothing_half_filled_is_shown(client, editor, template):
    shown = preview(client, template, text_body="Hi\n{{ fist_name }}")
    assert "<strong>Text</strong>" in shown
    assert "Line 2: “fist_name” is not a placeholder. Did you mean {{ first_name }}?" in shown
    assert "rollcall-bubble" not in shown


def test_a_form_that_is_not_filled_in_yet_is_not_scolded(client, template):
    client.force_login(staff_of(template.club, permissions=("messaging.add_messagetemplate", *EDITS)))
    answer = client.post(page(None, "preview_new"), {"channel": "sms", "text_body": " "})
    assert "Write something" in answer.content.decode()
    assert "required" not in answer.content.decode()


def test_a_new_one_is_previewed_before_it_has_a_name(client, template):
    client.force_login(staff_of(template.club, permissions=("messaging.add_messagetemplate", *EDITS)))
    new = {"channel": "sms", "text_body": "Welcome to {{ club_name }}"}
    assert "Welcome to Riverside" in client.post(page(None, "preview_new"), new).content.decode()


def test_with_several_clubs_a_new_one_asks_for_its_club_first(client, template):
    person = staff_of(template.club, ClubFactory(), permissions=("messaging.add_messagetemplate", *EDITS))
    client.force_login(person)
    new = {"channel": "sms", "text_body": "Welcome to {{ club_name }}"}
    assert "Choose the club first." in client.post(page(None, "preview_new"), new).content.decode()
    new["club"] = template.club_id
    assert "Welcome to Riverside" in client.post(page(None, "preview_new"), new).content.decode()


def test_an_e_mail_is_framed_so_that_nothing_in_it_runs_or_is_fetched(client, editor):
    template = MessageTemplateFactory(club=editor.clubs.get(), as_email=True, text_body="Hi")
    shown = preview(client, template, html_body="<script>alert('{{ first_name }}')</script><p>Hi</p>")
    assert '<iframe sandbox="" srcdoc="&lt;!doctype html&gt;' in shown
    assert "default-src &#x27;none&#x27;; img-src data:; style-src &#x27;unsafe-inline&#x27;" in shown
    assert "<script>" not in shown
    assert "We missed you, John" in shown


def test_what_is_typed_and_what_members_are_called_stays_text(client, editor, template):
    member = MemberFactory(club=template.club, first_name="<b>Ana</b>")
    shown = preview(client, template, text_body="<i>Hi</i> {{ first_name }} “", _member=member.pk)
    assert "<i>" not in shown
    assert "<b>" not in shown


def test_a_value_that_is_missing_is_told_for_this_member_and_counted_for_all(client, editor, template):
    member = MemberFactory(club=template.club, last_name="")
    MemberFactory(club=template.club)
    shown = preview(client, template, text_body="Hi {{ last_name }}", _member=member.pk)
    assert "The template needs “Last name”, and there is none for this member." in shown
    assert "“Last name” is empty for 1 of 2 members, who would not get this." in shown
    assert "{{ last_name|default(&#x27;…&#x27;) }}" in shown


def test_what_the_club_lacks_is_told_as_such(client, editor, template):
    template.club.booking_link = ""
    template.club.save()
    assert "“Where to book” is empty on the club" in preview(client, template, text_body="{{ booking_link }}")


def test_whoever_may_only_look_sees_what_is_saved(client, template):
    client.force_login(editor_of(template, ("messaging.view_messagetemplate",)))
    shown = preview(client, template, text_body="Something else")
    assert "Hi John" in shown


def test_it_is_no_page_to_open(client, editor, template):
    assert client.get(page(template, "preview")).status_code == 405
    assert client.get(page(None, "preview_new")).status_code == 405


def test_it_takes_the_token_that_forms_carry(template):
    from django.test import Client

    careful = Client(enforce_csrf_checks=True)
    careful.force_login(editor_of(template))
    assert careful.post(page(template, "preview"), typed(template)).status_code == 403


@pytest.mark.parametrize("permissions", [(), ("members.view_member",), ("messaging.add_messagetemplate",)])
def test_nobody_without_the_permission_sees_it(client, template, permissions):
    client.force_login(editor_of(template, permissions))
    assert client.post(page(template, "preview"), typed(template)).status_code == 403


def test_a_new_one_takes_the_permission_to_add(client, editor):
    assert client.post(page(None, "preview_new"), {"channel": "sms", "text_body": "Hi"}).status_code == 403


def test_a_template_of_another_club_does_not_exist(client, editor):
    theirs = MessageTemplateFactory(text_body="Hidden")
    assert client.post(page(theirs, "preview"), typed(theirs)).status_code == 404


def test_a_member_of_another_club_or_nobody_at_all_does_not_exist(client, editor, template):
    for member in (MemberFactory().pk, 10**30, "x"):
        assert client.post(page(template, "preview"), typed(template, _member=member)).status_code == 404


def test_a_members_data_takes_the_permission_to_view_members(client, template):
    client.force_login(editor_of(template, EDITS[:2]))
    member = MemberFactory(club=template.club)
    assert client.post(page(template, "preview"), typed(template, _member=member.pk)).status_code == 404
    assert (
        member.first_name
        not in client.get(page(None, "members"), {"club": template.club_id}).content.decode()
    )


def test_members_are_found_by_name_within_the_club(client, editor, template):
    MemberFactory(club=template.club, first_name="Aisha")
    MemberFactory(club=template.club, first_name="Luis")
    MemberFactory(first_name="Aisha", last_name="Elsewhere")
    offered = client.get(page(None, "members"), {"club": template.club_id}).content.decode()
    assert "Sample person" in offered
    assert "Aisha Doe" in offered
    assert "Luis Doe" in offered
    assert "Elsewhere" not in offered
    found = client.get(page(None, "members"), {"club": template.club_id, "q": "aish"}).content.decode()
    assert ("Aisha Doe" in found, "Luis" in found) == (True, False)


@pytest.mark.parametrize("club", ["", "x", "theirs"])
def test_members_of_a_club_that_is_not_mine_are_not_offered(client, editor, club):
    asked = ClubFactory().pk if club == "theirs" else club
    assert client.get(page(None, "members"), {"club": asked}).status_code == 404


def test_it_costs_the_same_for_one_member_and_many(client, editor, template, django_assert_num_queries):
    member = MemberFactory(club=template.club, days_away=9)
    text = "{{ first_name }} {{ last_name }} {{ trainer_name|default('us') }} {{ days_away }} – 📌"
    preview(client, template, text_body=text, _member=member.pk)
    for number in range(10):
        MemberFactory(club=template.club)
        cache.clear()
        # Session, person, clubs, permissions (2), template with its club, member with days shut (2), days shut, empty, sent.
        with django_assert_num_queries(12):
            preview(client, template, text_body=f"{text} {number}", _member=member.pk)
    assert MessageTemplate.objects.count() == 1


def test_a_search_that_finds_nobody_says_so(client, editor, template):
    MemberFactory(club=template.club, first_name="Zoë")
    where = reverse("admin:messaging_messagetemplate_members")
    found = client.get(where, {"club": template.club_id, "q": "Zoë"}).content.decode()
    assert "Zoë Doe" in found
    assert "Nobody found" not in found
    assert (
        "Nobody found for “Xyz”" in client.get(where, {"club": template.club_id, "q": "Xyz"}).content.decode()
    )
    assert "Nobody found" not in client.get(where, {"club": template.club_id, "q": ""}).content.decode()


@pytest.mark.parametrize(("letters", "warns"), [(153 * 3, False), (153 * 3 + 1, True)])
def test_a_text_of_more_than_three_parts_is_called_long(client, editor, template, letters, warns):
    shown = preview(client, template, text_body="a" * letters)
    assert ("each one is charged as 4 messages" in shown) is warns


def test_a_value_that_all_lack_is_told_as_reaching_nobody(client, editor, template):
    MemberFactory.create_batch(2, club=template.club, last_name="")
    shown = preview(client, template, text_body="Hi {{ last_name }}")
    assert "“Last name” is empty for all 2 members: nobody would get this." in shown


def test_an_empty_text_is_one_mistake_not_two(client, editor, template):
    answer = client.post(page(template, "change"), typed(template, text_body=" "))
    assert list(answer.context["adminform"].form.errors["text_body"]) == ["This field is required."]


def test_an_in_app_message_is_shown_with_title_and_link_and_costs_nothing(client, editor, template):
    words = {"channel": "in_app", "title": "Hello {{ first_name }}", "action_url": "{{ booking_link }}"}
    shown = preview(client, template, **words)
    assert "Hello John" in shown
    assert f"Leads to {template.club.booking_link}" in shown
    assert "part" not in shown.replace("particular", "")
    assert "An in-app message needs a title." in preview(client, template, channel="in_app")


def test_a_whatsapp_message_is_shown_with_what_fills_its_blanks(client, editor, template):
    words = {
        "channel": "whatsapp",
        "whatsapp_template": "hello",
        "text_body": "Hi {{ first_name }} {{ club_name }}",
    }
    shown = preview(client, template, **words)
    assert '<li dir="auto">John</li><li dir="auto">Riverside</li>' in shown
    assert "name the one at Meta" in preview(client, template, channel="whatsapp")
