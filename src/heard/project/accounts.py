from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False  # colleagues are invited by an administrator; nobody signs themselves up

    def get_password_change_redirect_url(self, request) -> str:
        return "/settings/"
