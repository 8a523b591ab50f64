from django.urls import URLPattern, URLResolver, path

from notifications import views

app_name = "notifications"
urlpatterns: list[URLPattern | URLResolver] = [
    path("mail/", views.local_mail_list, name="local_mail_list"),
    path("mail/<str:name>/", views.local_mail_detail, name="local_mail_detail"),
    path("mail/<str:name>/html/", views.local_mail_html, name="local_mail_html"),
]
