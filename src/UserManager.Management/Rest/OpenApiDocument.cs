using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using UserManager.Contract;

namespace UserManager.Management;

/// <summary>What REST offers, for machines: an OpenAPI 3.1 document, made from the menu tree.</summary>
internal sealed class OpenApiDocument
{
    public const string Path = "/openapi.json";

    private const string Json = "application/json";

    private static readonly JsonSerializerOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ValueFormat _format;

    private OpenApiDocument(ValueFormat format) => _format = format;

    /// <param name="tree">The menus.</param>
    /// <param name="format">Writes the defaults.</param>
    public static byte[] Write(MenuTree tree, ValueFormat format)
    {
        var document = new OpenApiDocument(format);
        var (paths, schemas) = (new JsonObject(), new JsonObject { ["error"] = ErrorSchema() });
        foreach (var menu in tree.Menus)
            document.Add(menu, paths, schemas);

        return JsonSerializer.SerializeToUtf8Bytes(Whole(paths, schemas), _options);
    }

    private static JsonObject Whole(JsonObject paths, JsonObject schemas)
    {
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "UserManager",
                ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version!.ToString(3),
                ["description"] = "Every menu over HTTP, as on RouterOS. Values are texts in answers; requests may have numbers, true, false and null (unset) too.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/rest" }),
            ["security"] = new JsonArray(new JsonObject { ["administrator"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["administrator"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic" } },
                ["schemas"] = schemas,
            },
        };
    }

    private void Add(Menu menu, JsonObject paths, JsonObject schemas)
    {
        var (name, verbs) = (Name(menu), MenuVerbs.Of(menu));
        if (MenuVerbs.HasRecords(menu))
        {
            schemas[name] = Record(menu);
            schemas[$"{name}.input"] = Input(menu.Fields.Where(f => !f.ReadOnly));
            paths[menu.Path] = menu.IsSettings ? Settings(menu, name, verbs) : List(menu, name, verbs);
            if (!menu.IsSettings)
                paths[$"{menu.Path}/{{id}}"] = One(menu, name, verbs);
        }

        foreach (var verb in verbs)
            paths[$"{menu.Path}/{verb}"] = new JsonObject { ["post"] = Command(menu, name, verb) };
    }

    // --- paths -------------------------------------------------------------------------------------------------------------------

    private static JsonObject Settings(Menu menu, string name, IReadOnlyList<string> verbs)
    {
        var path = new JsonObject { ["get"] = Operation(menu, $"get-{name}", menu.Summary, Answer("200", Ref(name))) };
        if (verbs.Contains("set"))
            path["patch"] = WithBody(Operation(menu, $"patch-{name}", "Changes settings", Answer("200", Ref(name))), Ref($"{name}.input"));

        return path;
    }

    private static JsonObject List(Menu menu, string name, IReadOnlyList<string> verbs)
    {
        var get = Operation(menu, $"list-{name}", menu.Summary, Answer("200", new JsonObject { ["type"] = "array", ["items"] = Ref(name) }));
        var parameters = new JsonArray(Parameter(".proplist", "query", "Only these properties, joined by commas"));
        foreach (var field in menu.Fields)
            parameters.Add((JsonNode)Parameter(field.Name, "query", $"Only records with this {field.Name}, as it is printed"));

        get["parameters"] = parameters;
        var path = new JsonObject { ["get"] = get };
        if (verbs.Contains("add"))
        {
            var required = new JsonArray([.. menu.Fields.Where(f => f is { Required: true, ReadOnly: false }).Select(f => (JsonNode)f.Name)]);
            var input = new JsonObject { ["allOf"] = new JsonArray(Ref($"{name}.input"), new JsonObject { ["required"] = required }) };
            path["put"] = WithBody(Operation(menu, $"add-{name}", $"Adds a {menu.Noun}", Answer("201", Ref(name))), input);
        }

        return path;
    }

    private static JsonObject One(Menu menu, string name, IReadOnlyList<string> verbs)
    {
        var byName = menu.Find("name") is null ? ".id, as in *1A" : ".id, as in *1A, or name";
        var path = new JsonObject
        {
            ["parameters"] = new JsonArray(Parameter("id", "path", byName)),
            ["get"] = Operation(menu, $"get-{name}", $"One {menu.Noun}", Answer("200", Ref(name))),
        };
        if (verbs.Contains("set"))
            path["patch"] = WithBody(Operation(menu, $"patch-{name}", $"Changes a {menu.Noun}", Answer("200", Ref(name))), Ref($"{name}.input"));

        if (verbs.Contains("remove"))
            path["delete"] = Operation(menu, $"delete-{name}", $"Removes a {menu.Noun}", Answer("204", null));

        return path;
    }

    private JsonObject Command(Menu menu, string name, string verb)
    {
        var command = menu.Commands.FirstOrDefault(c => c.Name == verb);
        var input = command is null ? VerbInput(menu, verb) : Input(command.Arguments, command.TakesRecords ? ["numbers"] : []);
        if (command is not null && command.Arguments.Any(a => a.Required))
            input["required"] = new JsonArray([.. command.Arguments.Where(a => a.Required).Select(a => (JsonNode)a.Name)]);

        return WithBody(Operation(menu, $"command-{name}-{verb}", command?.Summary ?? HelpText.Summary(menu, verb), Answer("200", new JsonObject())), input);
    }

    private JsonObject VerbInput(Menu menu, string verb) => verb switch
    {
        "print" => new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                [".proplist"] = Described("Names of properties", "string", "array"),
                [".query"] = Described("Words of a query, a stack machine", "string", "array"),
                ["count-only"] = Described("Answer the number of records alone", "string", "boolean"),
            },
        },
        "add" => Input(menu.Fields.Where(f => !f.ReadOnly), "copy-from"),
        "set" => Input(menu.Fields.Where(f => !f.ReadOnly), menu.IsSettings ? [] : ["numbers"]),
        _ => Input([], [.. VerbSyntax.Named(menu, verb)]),
    };

    // --- parts -------------------------------------------------------------------------------------------------------------------

    private static JsonObject Operation(Menu menu, string id, string summary, JsonObject responses)
    {
        responses["default"] = new JsonObject { ["description"] = "Refused", ["content"] = new JsonObject { [Json] = new JsonObject { ["schema"] = Ref("error") } } };
        return new JsonObject
        {
            ["operationId"] = id,
            ["summary"] = summary,
            ["tags"] = new JsonArray(menu.Path.Length == 0 ? "/" : menu.Path),
            ["responses"] = responses,
        };
    }

    private static JsonObject Answer(string status, JsonObject? schema)
    {
        var answer = new JsonObject { ["description"] = schema is null ? "Done" : "The answer" };
        if (schema is not null)
            answer["content"] = new JsonObject { [Json] = new JsonObject { ["schema"] = schema } };

        return new JsonObject { [status] = answer };
    }

    private static JsonObject WithBody(JsonObject operation, JsonObject schema)
    {
        operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { [Json] = new JsonObject { ["schema"] = schema } } };
        return operation;
    }

    private static JsonObject Parameter(string name, string place, string description) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = place == "path",
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = "string" },
    };

    // --- schemas -----------------------------------------------------------------------------------------------------------------

    private static JsonObject Record(Menu menu)
    {
        var properties = new JsonObject();
        if (!menu.IsSettings)
            properties[".id"] = Described("Of the record: *1A", "string");

        foreach (var field in menu.Fields)
        {
            var property = Described(field.Summary, "string");
            if (field.ReadOnly)
                property["readOnly"] = true;

            if (field.Type == FieldType.Enum)
                property["enum"] = Words(field);

            properties[field.Name] = property;
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties };
    }

    private JsonObject Input(IEnumerable<Field> fields, params string[] more)
    {
        var properties = new JsonObject();
        foreach (var field in fields)
            properties[field.Name] = Given(field);

        foreach (var name in more)
            properties.TryAdd(name, Described(name == "numbers" ? "Ids or names, joined by commas; .id may stand instead" : name, "string", "array"));

        return new JsonObject { ["type"] = "object", ["properties"] = properties };
    }

    private JsonObject Given(Field field)
    {
        var property = field.Type switch
        {
            FieldType.Bool => Described(field.Summary, "boolean", "string", "null"),
            FieldType.Set or FieldType.Attributes => Described(field.Summary, "array", "string", "null"),
            FieldType.Number or FieldType.Bytes or FieldType.BitRate or FieldType.Decimal => Described(field.Summary, "number", "string", "null"),
            _ => Described(field.Summary, "string", "number", "null"),
        };
        if (field.Words.Count > 0)
            property["examples"] = Words(field);

        if (Format(field.Type) is { } format)
            property["format"] = format;

        if (field.Default is { } usual)
            property["default"] = _format.Print(field, usual, ValueForm.Rest);

        if (field.References is { } menu)
            property["x-references"] = menu;

        if (field.Type is FieldType.Number && field.Minimum > long.MinValue)
            property["minimum"] = field.Minimum;

        if (field.Type is FieldType.Number && field.Maximum < long.MaxValue)
            property["maximum"] = field.Maximum;

        if (field.Sensitive)
            property["writeOnly"] = field.Hash is not null;

        return property;
    }

    // What OpenAPI has no type for, by the names of the console's.
    private static string? Format(FieldType type) => type switch
    {
        FieldType.Text or FieldType.Bool or FieldType.Number => null,
        FieldType.BitRate => "bit-rate",
        FieldType.TimeOfDay => "time-of-day",
        _ => type.ToString().ToLowerInvariant(),
    };

    private static JsonObject ErrorSchema() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("error", "message"),
        ["properties"] = new JsonObject
        {
            ["detail"] = Described("What is wrong, in RouterOS's words", "string"),
            ["error"] = Described("The status", "integer"),
            ["message"] = Described("Its name", "string"),
        },
    };

    private static JsonObject Described(string description, params string[] types) => new()
    {
        ["type"] = types.Length == 1 ? types[0] : new JsonArray([.. types.Select(t => (JsonNode)t)]),
        ["description"] = description,
    };

    private static JsonArray Words(Field field) => [.. field.Words.Select(w => (JsonNode)w)];

    private static JsonObject Ref(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    private static string Name(Menu menu) => menu.Path.Length == 0 ? "root" : menu.Path[1..].Replace('/', '.');
}
