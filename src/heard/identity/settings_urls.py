"""Pages of this room under Settings."""

from django.urls import path

from heard.identity import views_imports, views_sites

app_name = "identity_settings"
urlpatterns = [
    path("import/", views_imports.imports, name="imports"),
    path("import/<int:batch_id>/", views_imports.one_import, name="import"),
    path("import/<int:batch_id>/take-back/", views_imports.take_back, name="take_back"),
    path("import/files/<int:job_id>/", views_imports.import_file, name="import_file"),
    path("import/files/<int:job_id>/start/", views_imports.start, name="start_import"),
    path("import/files/<int:job_id>/stop/", views_imports.stop, name="stop_import"),
    path("import/files/<int:job_id>/go-on/", views_imports.go_on, name="go_on"),
    path("import/files/<int:job_id>/drop/", views_imports.drop, name="drop_file"),
    path("import/files/<int:job_id>/left-out.csv", views_imports.left_out, name="left_out"),
    path("sites/", views_sites.sites, name="sites"),
    path("sites/<int:site_id>/switch/", views_sites.switch, name="switch_site"),
]
