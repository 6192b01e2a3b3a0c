from django.urls import path

from heard.understanding.pages.views import quality, teach, versions

app_name = "understanding"
urlpatterns = [
    path("", quality.page, name="quality"),
    path("rows/<str:field>/", quality.rows, name="rows"),
    path("teach/", teach.teach, name="teach"),
    path("teach/<int:interaction_id>/", teach.say, name="say"),
    path("versions/", versions.page, name="versions"),
    path("versions/read-again/", versions.read_again, name="read_again"),
    path("versions/readings/<int:number>/", versions.reading, name="reading"),
    path("versions/readings/<int:number>/changed/", versions.changed, name="changed"),
    path("versions/readings/<int:number>/use/", versions.use_reading, name="use_reading"),
    path("versions/<str:field>/learn/", versions.learn, name="learn"),
    path("versions/<str:field>/<int:version>/", versions.head, name="version"),
    path("versions/<str:field>/<int:version>/use/", versions.use_head, name="use_head"),
]
