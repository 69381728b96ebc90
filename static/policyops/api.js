// The specification of the REST API, browsed with Swagger UI.
"use strict";

const place = document.getElementById("api");
SwaggerUIBundle({
    domNode: place,
    url: place.dataset.document,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
});
