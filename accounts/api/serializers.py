"""What goes in and out of the API about accounts."""

from rest_framework import serializers

from accounts.models import User
from core.serializers import CleanModelSerializer, StrictSerializer, ZoneField


class TokenRequestSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=500, trim_whitespace=False)
    # Of the authenticator app or a recovery code, for accounts that have a second factor.
    code = serializers.CharField(max_length=40, required=False)
    # Left out: all that this account can give.
    scopes = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=20)


class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=4096)


class TokenPairSerializer(serializers.Serializer):
    access = serializers.CharField()
    refresh = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()


class MeSerializer(CleanModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    # Empty: the zone of the campus.
    time_zone = ZoneField(required=False, allow_blank=True)
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            "id", "email", "given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale",
            "time_zone", "roles",
        ]  # fmt: skip
        read_only_fields = ["email"]

    def get_roles(self, user: User) -> list[str]:
        return sorted(group.name for group in user.groups.all())


class PersonSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    name = serializers.CharField(source="display_name", read_only=True)
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "name", "email", "given_name", "family_name", "preferred_name", "is_active", "roles"]
        read_only_fields = fields

    def get_roles(self, user: User) -> list[str]:
        return sorted(group.name for group in user.groups.all())
