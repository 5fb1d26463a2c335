"""Settings: schedule, decisions, brakes, budget, e-mail; people and roles; appearance."""

from typing import Any

import streamlit as st

from toolkit.accounts import Deed, Role
from toolkit.pages.front import did, do, header, may, opened, person, plain
from toolkit.screens import settings

person()
header("Settings", "How careful this workspace is, whom it tells, and who may do what.")
allowed = may(Deed.CONFIGURE)
if not allowed:
    st.caption("You may look at the settings; an administrator changes them.")
with opened() as workspace:
    now, people = settings.values(workspace), settings.people(workspace)


def control(field: settings.Field) -> Any:
    value, key, hint = now[field.key], f"set_{field.key}", field.help or None
    if (options := field.options) is not None:
        names = list(options)
        return st.selectbox(field.label, names, index=names.index(value), key=key, help=hint, disabled=not allowed,
                            format_func=lambda name: options[name])  # fmt: skip
    if isinstance(value, bool):
        return st.checkbox(field.label, value, key=key, help=hint, disabled=not allowed)
    if isinstance(value, (int, float)):
        top = 1.0 if field.share else None
        step: Any = 0.01 if isinstance(value, float) else 1
        return st.number_input(field.label, type(value)(0), top, value, step, key=key, help=hint, disabled=not allowed)
    blank = "only when somebody asks" if field.key == "schedule.every" else None
    return st.text_input(field.label, value, key=key, help=hint, placeholder=blank, disabled=not allowed)


def section(name: str) -> None:
    about, fields = settings.SECTIONS[name]
    with st.form(f"settings_{name}", border=False):
        st.caption(plain(about))
        columns = st.columns(2)
        wanted = {}
        for at, field in enumerate(fields):
            with columns[at % 2]:
                wanted[field.key] = control(field)
        label, mail = settings.SECRETS.get(name), name == settings.MAIL
        secret = (label and st.text_input(label, type="password", autocomplete="off", disabled=not allowed,
                                          placeholder="blank keeps the one that is kept")) or ""  # fmt: skip
        with st.container(horizontal=True):
            pressed = st.form_submit_button("Save", type="primary", disabled=not allowed)
            test = mail and st.form_submit_button("Send a test message", disabled=not allowed)
    with opened() as workspace:
        if pressed and (said := do(Deed.CONFIGURE, lambda: settings.save_section(workspace, name, wanted, secret))):
            st.success(said)
        if test and (said := do(Deed.CONFIGURE, lambda: settings.test_message(workspace))):
            st.success(plain(said))


def for_people() -> None:
    if people:
        st.dataframe(people, hide_index=True, alt="People and their roles", width="content")
    else:
        st.info("There are no accounts: the app serves this machine only, and whoever sits here is its administrator.")
    st.caption("Administrators may do everything. Consultants map, plan, confirm and decide. "
               "Auditors see everything and change nothing.")  # fmt: skip
    with st.form("settings_person"):
        name = st.text_input("Name, or e-mail address", disabled=not allowed)
        role = st.selectbox("Role", [role.value for role in Role], disabled=not allowed, format_func=str.capitalize)
        password = st.text_input("Password (ten characters or more)", type="password", autocomplete="new-password",
                                 disabled=not allowed)  # fmt: skip
        outside = st.checkbox("Signs in through the identity provider only, without a password", disabled=not allowed)
        if st.form_submit_button("Add, or change this person", disabled=not allowed):
            with opened() as workspace:
                done = did(
                    Deed.CONFIGURE,
                    lambda: settings.add_person(workspace, name, role or "", None if outside else password),
                )
            if done:
                st.rerun()
    if people and allowed:
        leaves = st.selectbox("Remove", [row["Name"] for row in people], index=None, key="settings_leaves")
        if leaves and st.button(plain(f"Remove {leaves}"), key="settings_remove"):
            with opened() as workspace:
                if did(Deed.CONFIGURE, lambda: settings.remove_person(workspace, leaves)):
                    st.rerun()


*tabs, people_tab, look = st.tabs([*settings.SECTIONS, "People", "Appearance"])
for tab, name in zip(tabs, settings.SECTIONS, strict=True):
    with tab:
        section(name)
with people_tab:
    for_people()
with look:
    st.write("Light or dark follows your device. To choose for this browser: the menu ⋮ at the top right, Settings.")
