"""The first visit leads by the hand: make a workspace, connect, then the first preview."""

from streamlit.testing.v1 import AppTest

from tests.app.conftest import words
from toolkit.commands.sandbox import REPOSITORY
from toolkit.workspace import Workspace

MAIN = str(REPOSITORY / "toolkit" / "pages" / "main.py")


def test_a_workspace_is_made_by_one_button_and_the_next_step_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("TOOLKIT_WORKSPACE", str(tmp_path / "new"))
    test = AppTest.from_file(MAIN, default_timeout=30).run()
    assert "There is none here yet" in words(test)
    test.button(key="welcome_make").click().run()
    assert (tmp_path / "new" / "settings.toml").is_file()
    test = AppTest.from_file(MAIN, default_timeout=30).run()
    assert "First connect Salesforce and Accelo" in words(test) and not test.exception and not test.metric
    test.switch_page("connections_page.py").run()
    assert not test.exception and len(test.text_input) >= 8


def test_addresses_and_secrets_are_kept_and_no_secret_comes_back_to_the_page(tmp_path, monkeypatch):
    folder = tmp_path / "new"
    Workspace.create(folder).close()
    monkeypatch.setenv("TOOLKIT_WORKSPACE", str(folder))
    monkeypatch.setenv("TOOLKIT_KEY", "a" * 43 + "=")
    test = AppTest.from_file(MAIN, default_timeout=30).run()
    test.switch_page("connections_page.py").run()
    url, client, _, secret = test.text_input[:4]
    url.set_value("https://acme.my.salesforce.com")
    client.set_value("3MVG9")
    secret.set_value("canary-secret-4711")
    next(button for button in test.button if button.label == "Save").click()
    test.run()
    with Workspace(folder) as workspace:
        assert workspace.settings.salesforce.url == "https://acme.my.salesforce.com"
        assert workspace.credentials.secret("salesforce") == "canary-secret-4711"
    assert "canary" not in str(test) and "canary" not in (folder / "settings.toml").read_text()
