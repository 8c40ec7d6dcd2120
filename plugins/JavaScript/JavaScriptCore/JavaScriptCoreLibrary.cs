using System.Reflection;
using System.Runtime.InteropServices;

namespace UserManager.Plugins.JavaScript;

/// <summary>The C API of JavaScriptCore, as far as hooks need it. Values (<c>nint</c>) live as long as JavaScript reaches them, or this thread's stack holds them.</summary>
/// <remarks>Every call may run on any thread; a VM lets in one at a time.</remarks>
internal static unsafe partial class JavaScriptCoreLibrary
{
    private const string Library = "javascriptcoregtk";

    // The same C API under the names of its versions.
    private static readonly string[] Names = ["libjavascriptcoregtk-4.1.so.0", "libjavascriptcoregtk-6.0.so.1", "libjavascriptcoregtk-4.0.so.18"];

    private static readonly (nint Handle, string Name) Found = Find();

    static JavaScriptCoreLibrary() =>
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), static (name, _, _) => name == Library ? Found.Handle : 0);

    /// <summary>What to do when it is not there.</summary>
    public static string Missing =>
        $"the engine javascriptcore is asked for and {Names[0]} is not there: install it (Debian, Ubuntu: libjavascriptcoregtk-4.1-0; Fedora: javascriptcoregtk4.1), "
        + "or set \"engine: auto\" to run hooks with jint until it is";

    /// <summary>The library's file; null when there is none.</summary>
    public static string? FileName => Found.Handle == 0 ? null : Found.Name;

    private static (nint Handle, string Name) Find()
    {
        // A time limit that compiled code looks at. The library's other way, a thread that stops scripts by signals, misses loops on a busy machine.
        // It reads the environment of the process itself, which Environment.SetEnvironmentVariable does not change.
        if (!OperatingSystem.IsWindows())
            _ = SetEnvironmentVariable("JSC_usePollingTraps", "true", overwrite: 1);

        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var handle) && NativeLibrary.TryGetExport(handle, "JSContextGroupSetExecutionTimeLimit", out _))
                return (handle, name);
        }

        return (0, "");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);

    /// <summary>What <see cref="JSValueGetType"/> returns.</summary>
    public enum ValueType
    {
        Undefined,
        Null,
        Boolean,
        Number,
        String,
        Object,
        Symbol,
    }

    /// <summary>Neither written nor deleted by scripts.</summary>
    public const uint ReadOnly = (1 << 1) | (1 << 3);

    [LibraryImport(Library)]
    public static partial Group JSContextGroupCreate();

    [LibraryImport(Library)]
    private static partial void JSContextGroupRelease(nint group);

    /// <summary>Ends scripts of the group after so many seconds of CPU time in one call; without a callback always.</summary>
    [LibraryImport(Library)]
    public static partial void JSContextGroupSetExecutionTimeLimit(Group group, double seconds, nint callback, nint data);

    [LibraryImport(Library)]
    public static partial Context JSGlobalContextCreateInGroup(Group group, nint globalClass);

    [LibraryImport(Library)]
    private static partial void JSGlobalContextRelease(nint context);

    [LibraryImport(Library)]
    public static partial nint JSContextGetGlobalObject(nint context);

    [LibraryImport(Library)]
    public static partial nint JSEvaluateScript(nint context, nint script, nint self, nint url, int firstLine, out nint exception);

    [LibraryImport(Library)]
    public static partial nint JSObjectMakeFunction(
        nint context, nint name, uint parameters, nint* names, nint body, nint url, int firstLine, out nint exception);

    [LibraryImport(Library)]
    public static partial nint JSObjectMakeFunctionWithCallback(
        nint context, nint name, delegate* unmanaged[Cdecl]<nint, nint, nint, nuint, nint*, nint*, nint> callback);

    [LibraryImport(Library)]
    public static partial nint JSObjectCallAsFunction(nint context, nint function, nint self, nuint count, nint* arguments, out nint exception);

    [LibraryImport(Library)]
    public static partial nint JSObjectMake(nint context, nint jsClass, nint data);

    [LibraryImport(Library)]
    public static partial nint JSObjectMakeArray(nint context, nuint count, nint* values, out nint exception);

    [LibraryImport(Library)]
    public static partial nint JSObjectMakeError(nint context, nuint count, nint* arguments, out nint exception);

    [LibraryImport(Library)]
    public static partial nint JSObjectGetProperty(nint context, nint self, nint name, out nint exception);

    [LibraryImport(Library)]
    public static partial void JSObjectSetProperty(nint context, nint self, nint name, nint value, uint attributes, out nint exception);

    [LibraryImport(Library)]
    public static partial void JSValueProtect(nint context, nint value);

    [LibraryImport(Library)]
    public static partial ValueType JSValueGetType(nint context, nint value);

    [LibraryImport(Library)]
    public static partial nint JSValueMakeUndefined(nint context);

    [LibraryImport(Library)]
    public static partial nint JSValueMakeNumber(nint context, double number);

    [LibraryImport(Library)]
    public static partial nint JSValueMakeString(nint context, nint text);

    [LibraryImport(Library)]
    public static partial double JSValueToNumber(nint context, nint value, out nint exception);

    [LibraryImport(Library)]
    public static partial nint JSValueToStringCopy(nint context, nint value, out nint exception);

    [LibraryImport(Library)]
    private static partial nint JSStringCreateWithCharacters(char* characters, nuint length);

    [LibraryImport(Library)]
    private static partial nuint JSStringGetLength(nint text);

    [LibraryImport(Library)]
    private static partial char* JSStringGetCharactersPtr(nint text);

    [LibraryImport(Library)]
    private static partial void JSStringRelease(nint text);

    /// <summary>A VM: contexts that share a heap and a lock.</summary>
    public sealed class Group() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            JSContextGroupRelease(handle);
            return true;
        }
    }

    /// <summary>A global scope.</summary>
    public sealed class Context() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            JSGlobalContextRelease(handle);
            return true;
        }
    }

    /// <summary>A text of the library, counted by references: dispose it.</summary>
    public readonly ref struct Text(nint handle)
    {
        public nint Handle { get; } = handle;

        /// <summary>Valid until it is disposed.</summary>
        public ReadOnlySpan<char> Characters => new(JSStringGetCharactersPtr(Handle), (int)JSStringGetLength(Handle));

        public static Text Of(ReadOnlySpan<char> characters)
        {
            fixed (char* first = characters)
                return new Text(JSStringCreateWithCharacters(first, (nuint)characters.Length));
        }

        public void Dispose()
        {
            if (Handle != 0)
                JSStringRelease(Handle);
        }
    }
}
