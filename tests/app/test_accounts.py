"""Local accounts: hashes only, three roles, and refusals that say who may not do what."""

import json
import stat

import pytest
from argon2 import PasswordHasher

from toolkit.accounts import FILE, MAY, Accounts, Deed, NotAllowed, Person, Role
from toolkit.errors import UsageError

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET = "correct horse canary"


@pytest.fixture
def accounts(tmp_path):
    accounts = Accounts(tmp_path, QUICK)
    accounts.add("Ada", Role.ADMINISTRATOR, SECRET)
    return accounts


def test_p12_only_a_hash_is_kept_and_only_the_owner_reads_it(accounts, tmp_path):
    file = tmp_path / FILE
    assert SECRET not in file.read_text() and json.loads(file.read_text())[0]["hash"].startswith("$argon2id$")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_sign_in_knows_right_from_wrong(accounts):
    assert accounts.sign_in("Ada", SECRET) == Person("Ada", Role.ADMINISTRATOR)
    assert accounts.sign_in("Ada", SECRET + "!") is None
    assert accounts.sign_in("Eve", SECRET) is None


def test_adding_again_changes_role_and_password(accounts):
    accounts.add("Ada", Role.AUDITOR, "another password")
    assert accounts.sign_in("Ada", SECRET) is None
    assert accounts.sign_in("Ada", "another password") == Person("Ada", Role.AUDITOR)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.ADMINISTRATOR, set(Deed)),
        (Role.CONSULTANT, {Deed.MAP, Deed.PLAN, Deed.CONFIRM, Deed.DECIDE, Deed.STEER, Deed.VIEW}),
        (Role.AUDITOR, {Deed.VIEW}),
    ],
)
def test_each_role_may_just_this(role, allowed):
    person = Person("Pat", role)
    assert {deed for deed in Deed if person.may(deed)} == allowed == set(MAY[role])
    for deed in set(Deed) - allowed:
        with pytest.raises(NotAllowed, match=f"may not {deed}"):
            person.check(deed)
    for deed in allowed:
        person.check(deed)


def test_refusals_say_what_is_wrong(accounts):
    with pytest.raises(UsageError, match="shorter than 10"):
        accounts.add("Bob", Role.AUDITOR, "short")
    with pytest.raises(UsageError, match="needs a name"):
        accounts.add("  ", Role.AUDITOR, SECRET)
    with pytest.raises(UsageError, match="no account 'Bob'"):
        accounts.remove("Bob")


def test_the_last_administrator_stays_while_others_need_one(accounts):
    accounts.add("Bob", Role.AUDITOR, SECRET)
    with pytest.raises(UsageError, match="last administrator"):
        accounts.remove("Ada")
    accounts.remove("Bob")
    accounts.remove("Ada")
    assert accounts.all() == ()


def test_an_account_without_a_password_signs_in_through_the_provider_only(accounts):
    accounts.add("Olga@Acme.example", Role.AUDITOR, None)
    olga = Person("Olga@Acme.example", Role.AUDITOR)
    assert [account.signs_in for account in accounts.all()] == ["password", "identity provider"]
    for password in ("", "nobody has this password", SECRET):
        assert accounts.sign_in("Olga@Acme.example", password) is None
    assert accounts.vouched_for("olga@acme.EXAMPLE") == olga
    assert accounts.vouched_for("other@acme.example") is None and accounts.vouched_for("") is None


def test_letters_of_another_script_are_no_capitals_of_ours(accounts):
    accounts.add("kim@acme.example", Role.ADMINISTRATOR, None)
    assert "\u212aim@acme.example".lower() == "kim@acme.example"  # the Kelvin sign
    assert accounts.vouched_for("\u212aim@acme.example") is None


def test_without_a_password_a_name_must_be_an_address(accounts):
    with pytest.raises(UsageError, match="could never sign in"):
        accounts.add("Bob", Role.AUDITOR, None)
