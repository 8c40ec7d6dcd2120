using UserManager.Server.Cli;

return await CommandLine.RunAsync(args);
